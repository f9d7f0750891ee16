import type { Nesting, Profile } from "../prices/profile.js";
import { drawPrices, type PriceDraws } from "../prices/range.js";
import { nestingFor } from "../prices/terms.js";

/** Prices at which counts are asked about: a profile, and whose switch code it is. */
export interface Question {
  readonly profile: Profile;
  readonly nesting: Nesting;
  /** The terms that price it: not those of `nesting` where the profile has its nesting in its prices. */
  readonly terms: Nesting;
}

/** A question with the draws of its profile. */
export interface DrawnQuestion extends Question {
  readonly draws: PriceDraws;
}

/** Each profile at each nesting; one that prices a guest hypervisor itself, at its own nesting alone. */
export function questionsOf(profiles: readonly Profile[], levels: readonly Nesting[]): Question[] {
  return profiles.flatMap((profile) =>
    (profile.nesting === "none" ? levels : [profile.nesting]).map((nesting) => ({
      profile,
      nesting,
      terms: nestingFor(profile, nesting),
    })),
  );
}

/** The same with draws: one set a profile, which all its nestings share. */
export function drawQuestions(
  questions: readonly Question[],
  seed: number,
  samples: number,
): DrawnQuestion[] {
  const sets = new Map<Profile, PriceDraws>();
  return questions.map((question) => {
    const draws = sets.get(question.profile) ?? drawPrices(question.profile, seed, samples);
    sets.set(question.profile, draws);
    return { ...question, draws };
  });
}
