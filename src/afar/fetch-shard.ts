import { TraplineError } from "../errors.js";
import { borrowTrace } from "../replay/prepare.js";
import { oracleReading } from "../replay/shard.js";
import type { ReplayTask } from "../replay/task.js";
import { aboutCopy, fetchAnew, fetchHead, fetchOf, type Range } from "./copy.js";

/** Brings here what a shard of a trace by `http(s)://` reads, and nothing else. Refuses another trace than was planned. */
export async function fetchShard(
  task: Pick<ReplayTask, "path" | "shard" | "policies" | "choice">,
  folder: string,
  identity: string | undefined,
): Promise<void> {
  const { path } = task;
  await fetchHead(path, folder);
  const isOther = (): boolean => identity !== undefined && aboutCopy(path).identity !== identity;
  // What is there may be another trace than when its head was read.
  if (isOther()) await fetchAnew(path);
  if (isOther()) {
    const what = "has changed since the replay was planned";
    throw new TraplineError("input", what, { file: path }, "Start again");
  }
  await fetchOf(path, rangesOf(task));
}

function rangesOf({
  path,
  shard,
  policies,
  choice,
}: Pick<ReplayTask, "path" | "shard" | "policies" | "choice">): Range[] {
  const { what, segmentation, first, end } = shard;
  const { windowIndex, blocks } = aboutCopy(path).structure;
  const windowRanges = (isRead: (segmentation: number, from: number, to: number) => boolean): Range[] => {
    const before: number[] = [];
    return [...(windowIndex?.blocks ?? [])].flatMap((block): Range[] => {
      const from = before[block.segmentation] ?? 0;
      const to = (before[block.segmentation] = from + block.windows);
      return isRead(block.segmentation, from, to) ? [[block.offset, block.bytes]] : [];
    });
  };
  if (what === "oracles") {
    const reading = oracleReading(borrowTrace(path, policies, choice));
    const events = reading.events || windowIndex === undefined ? [...blocks] : [];
    return [
      ...windowRanges((each) => reading.windows.includes(each)),
      ...events.map(({ offset, bytes }): Range => [offset, bytes]),
    ];
  }
  // Groups go through all windows, by which they are not counted.
  return windowRanges(
    (each, from, to) => each === segmentation && (what === "groups" || (from < end && first < to)),
  );
}
