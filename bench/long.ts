import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { basename } from "node:path";
import type { ReplayInput } from "./cases/replay.js";
import type { Workplace } from "./programs.js";
import { repeatTrace } from "./repeat.js";

/** A recording over and over, `events` events or a few more. */
export function longTrace(place: Workplace, name: string, trace: string, events: number): ReplayInput {
  const path = place.path(`${name}-long.trl`);
  const made = repeatTrace(trace, path, events);
  return {
    name: `${name}, ${made.times} times`,
    trace: path,
    once: trace,
    times: made.times,
    events: made.events,
  };
}

/** The text of a compressed recording, for programs that do not unpack; none where it is text, or zstd is not there. */
export function textOf({ path }: Workplace, file: string): string[] {
  if (!file.endsWith(".zst")) return [];
  const text = path(basename(file, ".zst"));
  const out = openSync(text, "w");
  try {
    const { status } = spawnSync("zstd", ["-dc", file], { stdio: ["ignore", out, "ignore"] });
    return status === 0 ? [text] : [];
  } finally {
    closeSync(out);
  }
}
