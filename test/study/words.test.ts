/** What a sentence says follows from the figures: the same question with other prices is answered otherwise. */

import { describe, expect, it } from "vitest";
import type { VerdictRow } from "#src/verdict/verdict-row.js";
import type { Asker } from "#src/study/ask.js";
import { benefit } from "#src/study/questions/benefit.js";
import { outcomeOf, tally, worth } from "#src/study/words.js";

const row = (likely: number, sameSign: number): VerdictRow => ({
  trace: "kvm-vhe.trl",
  mode: "vhe",
  kernel: "recorded",
  nesting: "none",
  profile: "neoverse-n1",
  unit: "cycles",
  policy: "dirty-pie",
  group: "PIE",
  registers: ["PIR_EL1", "PIRE0_EL1"],
  windows: 1000,
  traps: 2,
  savesElided: 1998,
  restoresElided: 0,
  undefinedAccesses: 0,
  difference: { likely, p5: likely - 10, p95: likely + 10, least: likely - 20, greatest: likely + 20 },
  sameSign,
  cornersSameSign: 0.5,
  shareOfAll: likely / 1e6,
  perGuestSecond: null,
  trapsPerGuestSecond: null,
  guestSeconds: null,
  interval: null,
  trapPrice: 200,
  breakEvenTrapPrice: { pays: "below", value: 300 },
  writeShare: 0.002,
  breakEvenWriteShare: null,
  breakEvenSize: null,
  regret: null,
  bound: null,
  sentence: "",
});

const asked = (rows: readonly VerdictRow[]): Asker => {
  const never = (): Promise<never> => Promise.reject(new Error("not asked"));
  const verdict: Asker["verdict"] = async () => ({
    schema: "trapline.verdict/1",
    tool: "",
    seed: 1,
    samples: 1,
    resamples: 0,
    complete: true,
    notes: [],
    rows,
    pooled: [],
    refused: [],
  });
  return {
    commands: [],
    verdict,
    replay: never,
    validate: never,
    advise: never,
    worstCase: never,
    recordedCosts: never,
  };
};

describe("words of the study", () => {
  it("call a sign settled from 95 % of the draws on", () => {
    const outcomes = [row(-100, 0.95), row(100, 1), row(-100, 0.949), row(0, 1)].map(outcomeOf);
    expect(outcomes).toEqual(["less", "more", "open", "open"]);
    expect(tally([row(-100, 1), row(100, 0.5)])).toBe(
      "1 of 2 rows cost less in at least 95 % of the draws, 0 cost more, 1 is open",
    );
  });

  it("say how much and how sure", () => {
    expect(worth(row(-100, 0.97))).toBe(
      "costs 100 cycles less than eager (0.010 % of all executed); the sign holds in 97 % of the draws of prices",
    );
  });

  it.each([
    ["less", -100, 1, /^Yes, /],
    ["more", 100, 1, /^No: /],
    ["not settled", -100, 0.6, /^Not shown: /],
  ] as const)("answer the first question by its rows: %s", async (_, likely, sameSign, expected) => {
    const { short } = await benefit.answer(asked([row(likely, sameSign)]));
    expect(short).toMatch(expected);
  });

  it("tell cases apart where they differ", async () => {
    const other = { ...row(100, 0.99), profile: "instructions" };
    const { short } = await benefit.answer(asked([row(-100, 0.99), other]));
    expect(short).toContain(
      "less for `kvm-vhe` at neoverse-n1 prices; more for `kvm-vhe` at instructions prices",
    );
  });
});
