import { TraplineError } from "../errors.js";
import type { Shard } from "../replay/plan.js";
import { aboutCopy, fetchAnew, fetchHead, fetchOf, type Range } from "./copy.js";

/** Brings here what a shard of a trace by `http(s)://` reads, and nothing else. Refuses another trace than was planned. */
export async function fetchShard(
  { path, shard }: { readonly path: string; readonly shard: Shard },
  folder: string,
  identity: string | undefined,
): Promise<void> {
  await fetchHead(path, folder);
  const isOther = (): boolean => identity !== undefined && aboutCopy(path).identity !== identity;
  // What is there may be another trace than when its head was read.
  if (isOther()) await fetchAnew(path);
  if (isOther()) {
    const what = "has changed since the replay was planned";
    throw new TraplineError("input", what, { file: path }, "Start again");
  }
  await fetchOf(path, rangesOf(path, shard));
}

function rangesOf(path: string, { what, segmentation, first, end }: Shard): Range[] {
  const { windowIndex, blocks } = aboutCopy(path).structure;
  if (what === "oracles") return [...blocks].map(({ offset, bytes }) => [offset, bytes]);
  let before = 0;
  return [...(windowIndex?.blocks ?? [])].flatMap((block): Range[] => {
    if (block.segmentation !== segmentation) return [];
    const from = before;
    before += block.windows;
    // Groups go through all windows, by which they are not counted.
    const isRead = what === "groups" || (from < end && first < before);
    return isRead ? [[block.offset, block.bytes]] : [];
  });
}
