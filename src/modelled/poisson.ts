import { stateOfSeed, uniformOf } from "../prices/random.js";
import type { ExitModelKind, Stretch } from "./model.js";
import { nothingRecorded } from "./model.js";
import { defaultPut, plainExit, splitPut, wholeNumber, withPuts } from "./puts.js";

/**
 * Gaps by the inverse of their distribution. Exits are where the sum of the gaps comes to, rounded down to whole
 * clock units: the mean is exact, and two exits may come at one time.
 */
function* chance(mean: number, seed: number, ordinal: number): Generator<Stretch> {
  const next = uniformOf(seed, ordinal);
  let sum = 0;
  let before = 0;
  for (;;) {
    sum -= mean * Math.log(1 - next());
    const at = Math.floor(sum);
    yield { length: at - before, leaving: plainExit };
    before = at;
  }
}

/** Full exits at random, N clock units of guest time apart on average: exponential gaps. */
export const poisson: ExitModelKind = {
  name: "poisson",
  usage: "poisson=N[,put=M]",
  parse(text, seed) {
    const { value, put = defaultPut } = splitPut(text);
    const mean = wholeNumber(value, "poisson");
    stateOfSeed(seed);
    return {
      open: () => ({
        stretches: (ordinal) => withPuts(chance(mean, seed, ordinal), put),
        mean: () => mean,
        entries: "all",
        loads: true,
        mode: "none",
        recorded: nothingRecorded,
        mark: { part: "exits", model: `poisson=${mean},put=${put}`, seed, from: null },
        close: () => undefined,
      }),
    };
  },
};
