import type { ExitModelKind, Stretch } from "./model.js";
import { nothingRecorded } from "./model.js";
import { defaultPut, plainExit, splitPut, wholeNumber, withPuts } from "./puts.js";

function* steady(length: number): Generator<Stretch> {
  const stretch: Stretch = { length, leaving: plainExit };
  for (;;) yield stretch;
}

/** A full exit after each N clock units of guest time: a timer that nothing disturbs. */
export const every: ExitModelKind = {
  name: "every",
  usage: "every=N[,put=M]",
  parse(text) {
    const { value, put = defaultPut } = splitPut(text);
    const length = wholeNumber(value, "every");
    return {
      open: () => ({
        stretches: () => withPuts(steady(length), put),
        mean: () => length,
        entries: "all",
        loads: true,
        mode: "none",
        recorded: nothingRecorded,
        mark: { part: "exits", model: `every=${length},put=${put}`, seed: null, from: null },
        close: () => undefined,
      }),
    };
  },
};
