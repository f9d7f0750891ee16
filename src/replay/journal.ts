import { rmSync } from "node:fs";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import * as v from "valibot";
import { TraplineError } from "../errors.js";
import type { Outcome, PlannedTask } from "./executor.js";
import {
  checkInput,
  checkJournalHeader,
  configDigest,
  journalHeader,
  journalHeaderSchema,
  type JournalHeader,
  type JournalInputs,
} from "./journal-header.js";
import { openRecords, readRecords, syncFolder, type RecordFile, type RecordPlace } from "./journal-file.js";
import { lockJournal } from "./journal-lock.js";
import { rowsSchema, wholeSchema } from "./pieces.js";
import type { Plan, Shard } from "./plan.js";

/** What a replay has finished, on disk, so that it can go on where it was killed. */
export interface Journal {
  readonly file: string;
  /** Shards that it held when it was opened. */
  readonly found: number;
  /** What a task gave, where that is known. */
  find(task: PlannedTask): Outcome | undefined;
  /** Whether it is known. */
  holds(shard: Shard): boolean;
  /** Keeps what a task gave. Throws TraplineError "output". */
  add(task: PlannedTask, outcome: Outcome & { readonly ok: true }): void;
  /** Whether it holds no shard. */
  isEmpty(): boolean;
  /** When all of it is on the disk. */
  sync(): Promise<void>;
  /** The result stands: the journal goes, or is marked as ended and stays. */
  finish(keep: boolean): Promise<void>;
}

export interface JournalOptions extends JournalInputs {
  readonly file: string;
  readonly plan: Plan;
  /** Go on with what is there; else an unfinished journal is refused. */
  readonly resume: boolean;
  /** What counts depend on beside the plan, by option: its slice, how traces were made. */
  readonly settings: Readonly<Record<string, string>>;
}

const text = v.string();
/** One finished shard. Counters are those of a part, deflated; an oracle has rows. */
const recordSchema = v.strictObject({
  input: wholeSchema,
  identity: text,
  config: text,
  shard: text,
  counts: v.union([v.strictObject({ region: text }), v.strictObject({ rows: rowsSchema })]),
});
const endSchema = v.strictObject({ ended: v.literal(true) });

/** What is in a journal: its first record, and where those of shards are, by shard. */
interface Held {
  readonly header: JournalHeader | undefined;
  readonly shards: ReadonlyMap<string, RecordPlace>;
  readonly identities: ReadonlyMap<number, string>;
  readonly ended: boolean;
  /** Length in bytes as far as records hold. */
  readonly bytes: number;
}

const shardKey = (input: number, { shard }: Pick<PlannedTask, "shard">): string =>
  `${input} ${shard.what} ${shard.segmentation} ${shard.first} ${shard.end}`;

/** Opens, or begins, the journal of a plan. Throws TraplineError "input" for one of other work, and "output". */
export function openJournal(options: JournalOptions): Journal {
  const { file, plan } = options;
  const own = journalHeader(plan, options, options.settings);
  const config = configDigest(own);
  const release = lockJournal(file);
  try {
    return openLocked(options, own, config, release);
  } catch (error) {
    release();
    throw error;
  }
}

function openLocked(
  options: JournalOptions,
  own: JournalHeader,
  config: string,
  release: () => void,
): Journal {
  const { file, plan, inputOf, resume } = options;
  const held = readJournal(file, resume);
  const goesOn = resume && held?.header !== undefined;
  if (held?.header !== undefined && !resume && !held.ended) {
    throw new TraplineError(
      "input",
      "is the journal of a replay that did not end",
      { file },
      "Go on with --resume, or delete it to start anew",
    );
  }
  if (goesOn && held.header !== undefined) {
    checkJournalHeader(file, held.header, own);
    for (const [input, identity] of held.identities) {
      const now = plan.traces[inputOf.indexOf(input)]?.identity;
      if (now !== undefined) checkInput(file, options.names[input], identity, now);
    }
  }
  const shards = goesOn ? held.shards : new Map<string, RecordPlace>();
  const records = openRecords(file, goesOn ? held.bytes : 0);
  if (!goesOn) records.append(JSON.stringify(own));
  let added = 0;
  return {
    file,
    isEmpty: () => shards.size + added === 0,
    found: shards.size,
    find(task) {
      const place = shards.get(shardKey(inputOf[task.trace], task));
      return place === undefined ? undefined : outcomeAt(records, place, task, file);
    },
    holds: (shard) => shards.has(shardKey(inputOf[shard.trace], { shard })),
    add(task, { region, rows }) {
      const { identity } = plan.traces[task.trace];
      const input = inputOf[task.trace];
      const counts = rows === undefined ? { region: packed(region) } : { rows };
      records.append(JSON.stringify({ input, identity, config, shard: shardKey(input, task), counts }));
      added++;
    },
    sync: () => records.sync(),
    async finish(keep) {
      await end(keep);
      release();
    },
  };

  async function end(keep: boolean): Promise<void> {
    if (keep) {
      records.append(JSON.stringify({ ended: true }));
      await records.sync();
      records.close();
      return;
    }
    await records.sync();
    records.close();
    // The result's name first: whoever loses power between the two still has one of them.
    syncFolder(file);
    rmSync(file, { force: true });
  }
}

function outcomeAt(
  records: RecordFile,
  place: RecordPlace,
  { region, shard }: PlannedTask,
  file: string,
): Outcome {
  const { counts } = v.parse(recordSchema, JSON.parse(records.read(place)));
  if ("rows" in counts) {
    if (shard.what === "oracles") return { ok: true, region, rows: counts.rows };
  } else {
    try {
      const most = Math.max(1, region.byteLength);
      const bytes = inflateRawSync(Buffer.from(counts.region, "base64"), { maxOutputLength: most });
      if (shard.what !== "oracles" && bytes.length === region.byteLength) {
        return { ok: true, region: Uint8Array.from(bytes).buffer, rows: undefined };
      }
    } catch {
      // Its checksum holds: whoever wrote it was not this program.
    }
  }
  const remedy = "Delete the journal to start anew";
  throw new TraplineError("corrupt", "a record has the wrong size", { file, offset: place.offset }, remedy);
}

const packed = (region: ArrayBufferLike): string =>
  // A copy: zlib does not take shared memory.
  deflateRawSync(Uint8Array.from(new Uint8Array(region)), { level: 1 }).toString("base64");

/** What there is at `file`; undefined for nothing. Refuses a file that is no journal. */
function readJournal(file: string, resume: boolean): Held | undefined {
  let header: JournalHeader | undefined;
  let ended = false;
  const shards = new Map<string, RecordPlace>();
  const identities = new Map<number, string>();
  let config = "";
  const refuse = (what: string, offset: number): TraplineError =>
    new TraplineError("input", what, { file, offset }, "Name another file with --journal");
  const records = readRecords(file, (body, place) => {
    const data: unknown = JSON.parse(body);
    if (header === undefined) {
      const parsed = v.safeParse(journalHeaderSchema, data);
      if (!parsed.success) throw refuse("is no journal of a replay", place.offset);
      header = parsed.output;
      config = configDigest(header);
      return;
    }
    ended = v.is(endSchema, data);
    if (ended || !resume) return;
    const record = v.safeParse(recordSchema, data);
    if (!record.success || record.output.config !== config || record.output.input >= header.inputs.length) {
      throw refuse("is no journal of a replay: a record is of other work", place.offset);
    }
    const { input, identity, shard } = record.output;
    const before = identities.get(input);
    if (before !== undefined) checkInput(file, header.inputs[input].name, before, identity);
    identities.set(input, identity);
    if (!shards.has(shard)) shards.set(shard, place);
  });
  if (records === undefined) return undefined;
  // A journal that was killed as it began is a piece of its first line, or nothing.
  if (header === undefined && !records.isBegun) throw refuse("is no journal of a replay", 0);
  return { header, shards, identities, ended, bytes: records.held };
}
