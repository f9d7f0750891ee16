import type { PolicyDefinition } from "../policies/policy.js";
import type { ConfigChoice } from "../replay/config.js";
import type { TraceCounts } from "../replay/merge.js";
import { makePlan } from "../replay/make-plan.js";
import { replayPlan, type ReplayOptions } from "../replay/replay.js";
import { choiceText } from "./args.js";
import type { TraceFile } from "./trace-file.js";
import type { Refusals } from "./refusals.js";

/** A trace under a configuration, and how messages call the two. */
export interface Asked {
  readonly file: TraceFile;
  readonly choice: ConfigChoice;
  readonly what: string;
}

export interface WalkOptions extends ReplayOptions {
  readonly choices: readonly ConfigChoice[];
  readonly refusals: Refusals;
  /** The policies to count there; none where there is nothing to count. */
  readonly policies: (asked: Asked) => readonly PolicyDefinition[] | Promise<readonly PolicyDefinition[]>;
}

/** Replays each trace under each configuration, in this order, and hands over what each counted. */
export async function walkTraces(
  files: readonly TraceFile[],
  { choices, refusals, policies, ...replay }: WalkOptions,
  take: (counts: TraceCounts, asked: Asked) => void | Promise<void>,
): Promise<void> {
  for (const file of files) {
    for (const choice of choices) {
      const asked = { file, choice, what: `${file.name}, ${choiceText(choice)}` };
      await refusals.answer(asked.what, file, async () => {
        const counted = await policies(asked);
        if (counted.length === 0) return;
        const plan = makePlan([file.path], { policies: counted, choice });
        for await (const counts of replayPlan(plan, replay)) await take(counts, asked);
      });
    }
  }
}
