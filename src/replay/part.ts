import { crc32 } from "node:zlib";
import * as v from "valibot";
import { TraplineError } from "../errors.js";
import { createReplayExecutor, taskOf, type PlannedTask, type ReplayExecutor } from "./executor.js";
import { checkIdentity } from "./identity.js";
import { createTraceMerger, type TraceCounts, type TraceMerger } from "./merge.js";
import { parsePlan, planText, readJson } from "./plan-file.js";
import { oracleSchema, pieceSchema, wholeSchema, type OraclePiece, type Piece } from "./pieces.js";
import { returnTraces } from "./prepare.js";
import { planShards, workOf, type Plan, type Shard } from "./plan.js";
import { journaled, outcomesOf, type ReplayOptions } from "./replay.js";

/** One slice of a plan, done: what `trapline replay --shard i/n` writes and `trapline merge` reads. */
export interface PartBody {
  readonly plan: Plan;
  readonly pieces: readonly Piece[];
  readonly oracles: readonly OraclePiece[];
}

/** A piece's counters must fit in 32 bits: a window counts once in one of them. */
const mostPieceWindows = 2 ** 31;

/**
 * The shards of slice `index` of `count`, numbered from 1: neighbours in the plan, so that their counters join to few
 * pieces, and as nearly equal work as whole shards allow. Slices beyond the shards that there are have none.
 */
export function sliceOf(plan: Plan, index: number, count: number): Shard[] {
  const planned = [...planShards(plan)];
  const works = planned.map((shard) => workOf(plan, shard));
  const total = works.reduce((sum, work) => sum + work, 0);
  let before = 0;
  return planned.filter((_, at) => {
    // A shard goes where its middle is.
    const middle = before + works[at] / 2;
    before += works[at];
    return Math.min(count, 1 + Math.floor((count * middle) / Math.max(1, total))) === index;
  });
}

/** Runs a slice of a plan and returns the text of its part. */
export async function runPart(
  plan: Plan,
  index: number,
  count: number,
  options: ReplayOptions,
): Promise<string> {
  const shards = sliceOf(plan, index, count);
  const total = shards.reduce((sum, shard) => sum + workOf(plan, shard), 0);
  const executor = journaled(await createReplayExecutor(plan, total, options), options.journal);
  try {
    return await collect(plan, shards, total, executor, options);
  } finally {
    await executor.close();
    returnTraces();
    await options.journal?.sync();
  }
}

async function collect(
  plan: Plan,
  shards: readonly Shard[],
  total: number,
  executor: ReplayExecutor,
  options: ReplayOptions,
): Promise<string> {
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
  const oracles: OraclePiece[] = [];
  let open: { readonly shard: Shard; readonly cells: Uint32Array } | undefined;
  const close = (): void => {
    if (open !== undefined) pieces.push({ shard: open.shard, region: textOf(open.cells) });
    open = undefined;
  };
  function* tasks(): Generator<PlannedTask> {
    for (const shard of shards) {
      if (failure !== undefined) return;
      yield taskOf(plan, shard, mergerOf(shard.trace).regionBytes(shard));
    }
  }
  /** The first failure; shards that were begun then are let end, for the journal. */
  let failure: TraplineError | undefined;
  for await (const { task, outcome } of outcomesOf(executor, tasks(), options)) {
    if (!outcome.ok) failure ??= outcome.error;
    if (failure !== undefined && options.journal === undefined) break;
    if (failure !== undefined || !outcome.ok) continue;
    const { shard } = task;
    const { region, rows } = outcome;
    options.onProgress?.((done += workOf(plan, shard)), total);
    if (rows !== undefined) oracles.push({ trace: task.trace, rows });
    else if (shard.what === "groups") pieces.push({ shard, region: textOf(new Uint8Array(region)) });
    else if (open !== undefined && follows(open.shard, shard)) {
      const { cells } = open;
      new Uint32Array(region).forEach((count, cell) => (cells[cell] += count));
      open = { shard: { ...open.shard, end: shard.end }, cells };
    } else {
      close();
      open = { shard, cells: new Uint32Array(region).slice() };
    }
  }
  if (failure !== undefined) throw failure;
  close();
  const body: PartBody = { plan, pieces, oracles };
  return JSON.stringify({ schema: "trapline.part/2", crc: crc32(JSON.stringify(body)), body });
}

/** Whether a shard of windows goes on where a piece ends, and their counters still fit. */
const follows = (piece: Shard, shard: Shard): boolean =>
  piece.trace === shard.trace &&
  piece.segmentation === shard.segmentation &&
  piece.end === shard.first &&
  shard.end - piece.first < mostPieceWindows;

const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

const partSchema = v.strictObject({
  schema: v.literal("trapline.part/2"),
  crc: wholeSchema,
  body: v.strictObject({
    plan: v.unknown(),
    pieces: v.array(pieceSchema),
    oracles: v.array(oracleSchema),
  }),
});

const anyBody = v.object({ body: v.unknown() });

function readPart(file: string): PartBody & { readonly crc: number } {
  const data = readJson(file, rerun);
  const parsed = v.safeParse(partSchema, data);
  if (!parsed.success) throw new TraplineError("input", "is no part of a replay", { file }, rerun);
  const { crc, body } = parsed.output;
  // Of the body as it was read: what the schema makes of it has its keys in another order.
  if (crc32(JSON.stringify(v.parse(anyBody, data).body)) !== crc) {
    throw new TraplineError("corrupt", "the checksum of the part does not hold", { file }, rerun);
  }
  return { ...body, crc, plan: parsePlan(body.plan, file) };
}

const rerun = "Run its shard again";

/** Characters of counters that are held; what is beyond is read a second time, when its turn comes. */
const mostHeld = 2 ** 27;

/** Where a piece of counters is: in which part, and at which place there. */
interface PlacedPiece {
  readonly shard: Shard;
  readonly part: number;
  readonly at: number;
}

/** Parts of one plan. */
export interface Parts {
  readonly plan: Plan;
  readonly pieces: readonly PlacedPiece[];
  readonly oracles: readonly OraclePiece[];
  /** The counters of a piece, in base 64. Those of few parts are in memory, however many there are. */
  readonly regionOf: (piece: PlacedPiece) => string;
}

/** Joins parts, in whatever order they are named, to one result per trace. */
export const mergeParts = (
  files: readonly string[],
): { readonly plan: Plan; readonly counts: TraceCounts[] } => joinParts(readParts(files));

/** Reads parts and checks that they are of one plan. */
export function readParts(files: readonly string[], most = mostHeld): Parts {
  let plan: Plan | undefined;
  let text = "";
  let held = 0;
  const pieces: PlacedPiece[] = [];
  const oracles: OraclePiece[] = [];
  const crcs: number[] = [];
  const regions = new Map<number, readonly string[]>();
  const regionsOf = (body: PartBody): string[] => body.pieces.map(({ region }) => region);
  for (const [part, file] of files.entries()) {
    const body = readPart(file);
    if (plan === undefined) [plan, text] = [body.plan, planText(body.plan)];
    else if (planText(body.plan) !== text) {
      throw new TraplineError("input", `is of another plan than ${files[0]}`, { file });
    }
    body.pieces.forEach(({ shard }, at) => pieces.push({ shard, part, at }));
    oracles.push(...body.oracles);
    crcs.push(body.crc);
    held += body.pieces.reduce((sum, { region }) => sum + region.length, 0);
    if (held <= most) regions.set(part, regionsOf(body));
  }
  if (plan === undefined) throw new TraplineError("usage", "there is no part to merge");
  let last: { readonly part: number; readonly regions: readonly string[] } | undefined;
  const regionOf = ({ part, at }: PlacedPiece): string => {
    const known = regions.get(part);
    if (known !== undefined) return known[at];
    if (last?.part !== part) {
      const body = readPart(files[part]);
      if (body.crc !== crcs[part]) {
        throw new TraplineError(
          "input",
          "has changed while it was merged",
          { file: files[part] },
          "Merge again",
        );
      }
      last = { part, regions: regionsOf(body) };
    }
    return last.regions[at];
  };
  return { plan, pieces, oracles, regionOf };
}

/** The same for parts that were read. */
export function joinParts({ plan, pieces, oracles, regionOf }: Parts): {
  readonly plan: Plan;
  readonly counts: TraceCounts[];
} {
  // Those of one kind and segmentation follow each other, as most do in a part.
  const byTrace = new Map<number, PlacedPiece[]>();
  for (const piece of pieces) {
    const { trace } = piece.shard;
    const own = byTrace.get(trace);
    if (own === undefined) byTrace.set(trace, [piece]);
    else own.push(piece);
  }
  const counts = plan.traces.map(({ path, identity }, trace) => {
    checkIdentity(path, identity);
    const merger = createTraceMerger(path, plan.policies, plan.choice);
    const own = (byTrace.get(trace) ?? []).toSorted(
      ({ shard: a }, { shard: b }) =>
        a.segmentation - b.segmentation || a.what.localeCompare(b.what) || a.first - b.first,
    );
    for (const piece of own) {
      merger.add(piece.shard, Uint8Array.from(Buffer.from(regionOf(piece), "base64")).buffer);
    }
    const rows = oracles.filter((each) => each.trace === trace);
    if (rows.length > 1) throw new TraplineError("input", "a part came twice", { file: path });
    if (rows.length === 1) merger.addOracles(rows[0].rows);
    return merger.finish();
  });
  return { plan, counts };
}
