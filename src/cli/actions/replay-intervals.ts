import { parseInterval } from "../../replay/interval-length.js";
import { makeIntervalResult } from "../../replay/interval-result.js";
import { countIntervals, type TraceIntervals } from "../../replay/intervals.js";
import { checkIdentity } from "../../replay/identity.js";
import type { Plan } from "../../replay/plan.js";
import { intervalCsv, intervalMarkdown, intervalText } from "../../report/intervals.js";
import { tool } from "../../version.js";
import { refuseBeside, type ResultArgs, type ShardArgs } from "../args.js";
import type { TraceFile } from "../trace-file.js";
import { emit, emitJson } from "../output.js";
import type { Progress } from "../progress.js";
import { fetchRest } from "../urls.js";

export interface IntervalArgs extends ResultArgs, ShardArgs {
  readonly interval: string;
  readonly shard: string | undefined;
}

/** Refuses, before any trace is read, what counts by interval cannot be. */
export function checkInterval({ interval, shard, by, registers, shardWindows }: IntervalArgs): void {
  parseInterval(interval);
  refuseBeside("--interval", [
    ["--shard", shard !== undefined],
    ["--by", by !== undefined],
    ["--registers all", registers === "all"],
    ["--shard-windows", shardWindows !== undefined],
  ]);
}

/** A plan's traces, one after another in this thread: policies are interpreted event by event. */
export async function replayIntervals(
  plan: Plan,
  opened: readonly TraceFile[],
  args: IntervalArgs,
  bar: Progress,
  signal: AbortSignal,
): Promise<void> {
  const length = parseInterval(args.interval);
  const total = plan.traces.reduce((sum, { events }) => sum + events, 0);
  const counted: TraceIntervals[] = [];
  let before = 0;
  for (const { path, identity, events } of plan.traces) {
    checkIdentity(path, identity);
    await fetchRest(path);
    const onProgress = (done: number): void => bar.update(before + done, total);
    const found = await countIntervals(path, plan.policies, plan.choice, length, { signal, onProgress });
    counted.push({ ...found, path: opened.find((file) => file.path === path)?.name ?? path });
    before += events;
  }
  bar.end();
  const result = makeIntervalResult(counted, args.interval, tool);
  switch (args.json ? "json" : args.format) {
    case "json":
      emitJson(result, args.output);
      break;
    case "csv":
      emit(intervalCsv(result), args.output);
      break;
    case "markdown":
      emit(intervalMarkdown(result), args.output);
      break;
    default:
      emit(intervalText(result), args.output);
  }
}
