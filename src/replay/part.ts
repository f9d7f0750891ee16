import { crc32 } from "node:zlib";
import * as v from "valibot";
import { TraplineError, errorFromRecord } from "../errors.js";
import { joinRegions } from "../model/compose.js";
import type { CountRow } from "../model/counts.js";
import { createTraceMerger, type TraceCounts, type TraceMerger } from "./merge.js";
import { parsePlan, planText, readJson } from "./plan-file.js";
import { planShards, type Plan, type Shard } from "./plan.js";
import { inOrder, type Executor } from "./pool.js";
import { createReplayExecutor, taskOf, type PlannedTask, type ReplayOptions } from "./replay.js";
import { checkIdentity } from "./identity.js";
import type { ReplayAnswer } from "./task.js";

/** A run of neighbouring shards of one trace, joined. */
interface Piece {
  readonly trace: number;
  readonly first: number;
  readonly end: number;
  /** The region's words, little-endian, in base 64. */
  readonly region: string;
}

/** What a part holds of the policies that are interpreted over a whole trace. */
interface InterpretedPiece {
  readonly trace: number;
  readonly rows: readonly (readonly CountRow[])[];
}

/** One slice of a plan, done: what `trapline replay --shard i/n` writes and `trapline merge` reads. */
interface PartBody {
  readonly plan: Plan;
  readonly pieces: readonly Piece[];
  readonly interpreted: readonly InterpretedPiece[];
}

/** A piece's counts must fit in 32 bits: an event counts at most once in any of them. */
const mostPieceEvents = 2 ** 31;

/** The shards of slice `index` of `count`, numbered from 1. Slices of a plan are of nearly equal length. */
export function sliceOf(plan: Plan, index: number, count: number): Shard[] {
  const from = Math.floor((plan.shards * (index - 1)) / count);
  const to = Math.floor((plan.shards * index) / count);
  const shards: Shard[] = [];
  let at = 0;
  for (const shard of planShards(plan)) {
    if (at >= to) break;
    if (at++ >= from) shards.push(shard);
  }
  return shards;
}

/** Runs a slice of a plan and returns the text of its part. */
export async function runPart(
  plan: Plan,
  index: number,
  count: number,
  options: ReplayOptions,
): Promise<string> {
  const shards = sliceOf(plan, index, count);
  const executor = await createReplayExecutor(plan, options);
  try {
    return await collect(plan, shards, executor, options);
  } finally {
    await executor.close();
  }
}

async function collect(
  plan: Plan,
  shards: readonly Shard[],
  executor: Executor<PlannedTask, ReplayAnswer>,
  { signal, onProgress }: ReplayOptions,
): Promise<string> {
  const total = shards.reduce((sum, { first, end, interpreted }) => sum + (interpreted ? 0 : end - first), 0);
  let done = 0;
  const mergers = new Map<number, TraceMerger>();
  const mergerOf = (trace: number): TraceMerger => {
    let merger = mergers.get(trace);
    if (merger === undefined) {
      checkIdentity(plan.traces[trace].path, plan.traces[trace].identity);
      merger = createTraceMerger(plan.traces[trace].path, plan.policies, plan.choice);
      mergers.set(trace, merger);
    }
    return merger;
  };
  const pieces: Piece[] = [];
  const interpreted: InterpretedPiece[] = [];
  let open: { trace: number; first: number; end: number; region: Uint32Array } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    const { region, ...range } = open;
    const bytes = Buffer.from(region.buffer, region.byteOffset, region.byteLength);
    pieces.push({ ...range, region: bytes.toString("base64") });
    open = undefined;
  };
  function* tasks(): Generator<PlannedTask> {
    for (const shard of shards) yield taskOf(plan, shard, mergerOf(shard.trace).layout.words);
  }
  for await (const { task, answer } of inOrder(executor, tasks())) {
    if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
    if (!answer.done) throw errorFromRecord(answer.error);
    onProgress?.((done += task.interpreted ? 0 : task.end - task.first), total);
    if (answer.rows !== undefined) {
      interpreted.push({ trace: task.trace, rows: answer.rows });
      continue;
    }
    const region = new Uint32Array(task.region);
    if (open?.trace === task.trace && open.end === task.first && task.end - open.first < mostPieceEvents) {
      joinRegions(mergerOf(task.trace).layout, open.region, region);
      open.end = task.end;
    } else {
      close();
      open = { trace: task.trace, first: task.first, end: task.end, region: region.slice() };
    }
  }
  close();
  const body: PartBody = { plan, pieces, interpreted };
  return JSON.stringify({ schema: "trapline.part/1", crc: crc32(JSON.stringify(body)), body });
}

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Whole 32-bit words in base 64. */
const words = v.pipe(
  v.string(),
  v.check((text) => Buffer.byteLength(text, "base64") % 4 === 0),
);
const count = v.strictObject({
  context: v.picklist(["guest", "host"]),
  unit: whole,
  register: v.string(),
  traps: whole,
  saves: whole,
  elided: whole,
  restores: whole,
});
const partSchema = v.strictObject({
  schema: v.literal("trapline.part/1"),
  crc: whole,
  body: v.strictObject({
    plan: v.unknown(),
    pieces: v.array(v.strictObject({ trace: whole, first: whole, end: whole, region: words })),
    interpreted: v.array(v.strictObject({ trace: whole, rows: v.array(v.array(count)) })),
  }),
});

function readPart(file: string): PartBody {
  const parsed = v.safeParse(partSchema, readJson(file, rerun));
  if (!parsed.success) throw new TraplineError("input", "is no part of a replay", { file }, rerun);
  const { crc, body } = parsed.output;
  if (crc32(JSON.stringify(body)) !== crc) {
    throw new TraplineError("corrupt", "the checksum of the part does not hold", { file }, rerun);
  }
  return { ...body, plan: parsePlan(body.plan, file) };
}

const rerun = "Run its shard again";

/** Joins parts, in whatever order they are named, to one result per trace. */
export function mergeParts(files: readonly string[]): {
  readonly plan: Plan;
  readonly counts: TraceCounts[];
} {
  const parts = files.map((file) => ({ file, body: readPart(file) }));
  if (parts.length === 0) throw new TraplineError("usage", "there is no part to merge");
  const [{ body: first }] = parts;
  const other = parts.find(({ body }) => planText(body.plan) !== planText(first.plan));
  if (other !== undefined) {
    throw new TraplineError("input", `is of another plan than ${parts[0].file}`, { file: other.file });
  }
  const { plan } = first;
  const pieces = parts
    .flatMap(({ body }) => body.pieces)
    .toSorted((a, b) => a.trace - b.trace || a.first - b.first);
  const interpreted = parts.flatMap(({ body }) => body.interpreted);
  const counts = plan.traces.map(({ path, identity }, trace) => {
    checkIdentity(path, identity);
    const merger = createTraceMerger(path, plan.policies, plan.choice);
    for (const piece of pieces) {
      if (piece.trace !== trace) continue;
      const bytes = Buffer.from(piece.region, "base64");
      merger.add(piece.first, piece.end, new Uint32Array(Uint8Array.from(bytes).buffer));
    }
    const rows = interpreted.filter((each) => each.trace === trace);
    if (rows.length > 1) throw new TraplineError("input", "a part came twice", { file: path });
    if (rows.length === 1) merger.addInterpreted(rows[0].rows);
    return merger.finish();
  });
  return { plan, counts };
}
