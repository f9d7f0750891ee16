/**
 * A worker that fails. `TORTURE` in the environment: `each=N:FOLDER`, the first N attempts of every third shard, each in
 * another way, which are noted in FOLDER; `never=0:TEXT`, every attempt of shards of traces whose path holds TEXT.
 */
import { openSync, closeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { runReplayTask as runWell, type ReplayAnswer, type ReplayTask } from "#src/replay/task.js";

const [, kind, most, place] = /^(\w+)=(\d+):(.*)$/.exec(process.env["TORTURE"] ?? "") ?? [];

/** What it has written is to count for nothing. */
const spoil = ({ region }: ReplayTask): void => void new Uint8Array(region).fill(0xff);

const faults: readonly (() => void)[] = [
  () => {
    throw new Error("torture");
  },
  () => process.exit(3),
  () => {
    for (;;);
  },
  () => {
    const held: number[][] = [];
    for (;;) held.push(Array.from({ length: 1000 }, (_, at) => at + held.length));
  },
];

/** Notes a fault of this attempt; false where its file is there already. */
function isNew(name: string): boolean {
  try {
    closeSync(openSync(join(place, name), "wx"));
    return true;
  } catch {
    return false;
  }
}

function fail(task: ReplayTask): void {
  const { what, segmentation, first, trace } = task.shard;
  const key = `${trace}-${what}-${segmentation}-${first}`;
  const hash = crc32(key);
  if (kind === "never" && task.path.includes(place)) {
    spoil(task);
    faults[hash % 2]();
  }
  if (kind !== "each" || hash % 3 !== 0) return;
  for (let attempt = 0; attempt < Number(most); attempt++) {
    const fault = (hash + attempt) % faults.length;
    if (!isNew(`${key}.${attempt}.${fault}`)) continue;
    spoil(task);
    faults[fault]();
  }
}

export function runReplayTask(task: ReplayTask): ReplayAnswer {
  fail(task);
  return runWell(task);
}
