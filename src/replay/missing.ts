import { TraplineError, formatError } from "../errors.js";
import { openTrace } from "../trace/reader.js";
import { segmentations } from "../trace/windows/segmentation.js";
import type { Plan, Shard } from "./plan.js";

/** A trace whose counts are not in a result, and why. */
export interface Missing {
  readonly trace: string;
  readonly reason: string;
}

/** A trace that gave no counts, as `replayPlan` tells of it. */
export interface MissingTrace {
  readonly path: string;
  readonly error: TraplineError;
}

/** The error as a reason beside the trace's name, which is then not said twice. */
export function missingOf(name: string, error: TraplineError): Missing {
  const { file: _, ...place } = error.place;
  return { trace: name, reason: formatError(new TraplineError(error.code, error.message, place)) };
}

/** A shard whose workers all failed. */
export function shardFailure(plan: Plan, shard: Shard, reasons: readonly string[]): TraplineError {
  const { path } = plan.traces[shard.trace];
  const differ = new Set(reasons).size > 1;
  const why = differ ? reasons.join("; then ") : `${reasons[0]}, ${reasons.length} times`;
  return new TraplineError(
    "worker",
    `${shardText(path, shard)}: the worker ${why}`,
    { file: path },
    "Try again with fewer threads (-j), more --memory or a longer --shard-timeout",
  );
}

/** What a shard is of, with its blocks in the file where they can be read. */
function shardText(path: string, { what, segmentation, first, end }: Shard): string {
  if (what === "oracles") return "the whole trace, for the oracles";
  const { name } = segmentations[segmentation];
  if (what === "groups") return `groups ${first} to ${end} of windows by ${name}`;
  return `windows ${first} to ${end} by ${name}${blocksText(path, segmentation, first, end)}`;
}

function blocksText(path: string, segmentation: number, first: number, end: number): string {
  try {
    const trace = openTrace(path);
    try {
      // Version 1 has no blocks of windows.
      if (trace.version === 1) return "";
      let before = 0;
      const touched = [...trace.windows().blocks].flatMap((block, at) => {
        if (block.segmentation !== segmentation) return [];
        const from = before;
        before += block.windows;
        return from < end && first < before ? [at] : [];
      });
      const [from, to] = [touched[0], touched.at(-1)];
      if (from === undefined) return "";
      return from === to ? ` (block of windows ${from})` : ` (blocks of windows ${from} to ${to})`;
    } finally {
      trace.close();
    }
  } catch {
    return "";
  }
}
