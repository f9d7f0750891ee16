import { carryGroups } from "../model/carry-groups.js";
import { wrongWindow } from "../model/carry-windows.js";
import type { CountRow } from "../model/counts.js";
import { resultLayout, type ResultLayout } from "../model/group-results.js";
import { createWindowCounter } from "../model/histogram.js";
import { expandCounts } from "../model/expand.js";
import { noGroupCounts } from "../model/group-rules.js";
import type { ConfiguredGroup } from "../model/oracle.js";
import { oracleRows } from "../model/oracle-rows.js";
import { passesOf } from "../model/passes.js";
import type { Shard } from "./plan.js";
import { createOracleRun, type OracleReading } from "./oracle-run.js";
import { windowSource, type PreparedTrace } from "./prepare.js";

/** Counters of a shard of windows, by vCPU and number. */
export const windowCells = ({ groups, naming }: PreparedTrace, segmentation: number): number =>
  naming.vcpus * groups.sizes[segmentation];

/** Results of a shard of groups. */
export function groupCells(
  { groups, naming }: PreparedTrace,
  segmentation: number,
  first: number,
  end: number,
): ResultLayout {
  const some = groups.carried[segmentation].slice(first, end);
  return resultLayout(
    some.map((group) => groups.tracked.groups[group]),
    naming.vcpus,
  );
}

/** Bytes of the region that a shard writes. */
export function regionBytes(
  prepared: PreparedTrace,
  { what, segmentation, first, end }: Pick<Shard, "what" | "segmentation" | "first" | "end">,
): number {
  if (what === "windows") return 4 * windowCells(prepared, segmentation);
  return what === "groups" ? 8 * groupCells(prepared, segmentation, first, end).length : 0;
}

/** Counts windows `first` to `end` of a segmentation into `cells`, which mean nothing until this returns. */
export function runWindows(
  prepared: PreparedTrace,
  segmentation: number,
  first: number,
  end: number,
  cells: Uint32Array,
): void {
  const { groups, trace, naming } = prepared;
  const windows = trace.windows();
  const counter = createWindowCounter(groups.sizes[segmentation], naming.vcpus);
  let before = 0;
  for (let block = 0; block < windows.blocks.length; block++) {
    const each = windows.blocks.row(block);
    if (each.segmentation !== segmentation) continue;
    const [from, to] = [Math.max(0, first - before), Math.min(each.windows, end - before)];
    before += each.windows;
    if (from < to) counter.add(windows.read(block), from, to);
  }
  if (!counter.finish(cells)) throw wrongWindow(trace.path);
}

/** Takes carried groups `first` to `end` of a segmentation through all its windows; see `groupCells`. */
export function runGroups(
  prepared: PreparedTrace,
  segmentation: number,
  first: number,
  end: number,
  results: Float64Array,
): void {
  const { groups } = prepared;
  const some = groups.carried[segmentation].slice(first, end);
  const layout = groupCells(prepared, segmentation, first, end);
  carryGroups(windowSource(prepared), groups, segmentation, some, layout, results);
}

/** What a trace has to be read for by the oracles of a plan. */
export const oracleReading = (prepared: PreparedTrace): OracleReading =>
  createOracleRun(prepared, oracleGroups(prepared), []).reading;

/** The oracles of a trace, each at its own prices. */
export function runOracles(prepared: PreparedTrace): CountRow[][] {
  const { trace, naming, oracles } = prepared;
  const prices = oracles.map(({ policy }) => policy.oracle!);
  const texts = prices.map(({ unitCosts }) => JSON.stringify(unitCosts));
  // Those at the same prices are one question.
  const questions = prices.filter((_, at) => texts.indexOf(texts[at]) === at);
  const numberOf = prices.map((_, at) => questions.indexOf(prices[texts.indexOf(texts[at])]));
  const passes = passesOf(trace.header, trace.windows().once);
  const run = createOracleRun(prepared, oracleGroups(prepared), questions);
  for (const steps = run.steps(); steps.next().done !== true;);
  return oracles.map((assignment, at) => {
    const { policy, config } = assignment;
    // What the oracles have no say in does not hang on what windows hold.
    const rows = expandCounts(naming, passes, assignment, (group) => noGroupCounts(policy.groups[group]));
    return oracleRows(policy, rows, (group) => run.rows({ group, config }, numberOf[at]), prices[at]);
  });
}

const oracleGroups = ({ oracles }: PreparedTrace): ConfiguredGroup[] =>
  oracles.flatMap(({ policy, config }) => policy.groups.map((group) => ({ group, config })));
