import { traceIdentity } from "../replay/identity.js";
import type { Shard } from "../replay/plan.js";
import { dropCopy, fetchHead, fetchOf, structureOf, type Range } from "./copy.js";

/** Brings here what a shard of a trace by `http(s)://` reads, and nothing else. */
export async function fetchShard(
  { path, shard }: { readonly path: string; readonly shard: Shard },
  folder: string,
  identity: string | undefined,
): Promise<void> {
  await fetchHead(path, folder);
  // What is there may be another trace than when its head was read.
  if (identity !== undefined && traceIdentity(path) !== identity) {
    dropCopy(path);
    await fetchHead(path, folder);
  }
  await fetchOf(path, rangesOf(path, shard));
}

function rangesOf(path: string, { what, segmentation, first, end }: Shard): Range[] {
  const { windowIndex, blocks } = structureOf(path);
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
