import type { Capabilities } from "./capabilities.js";
import type { BlockRow, TraceHeader } from "./header.js";
import { Kind, kindCount } from "./kinds.js";
import { minBlockBytes, maxBlockEvents } from "./block.js";
import { tableOf, type NumberRows, type Table } from "./table.js";
import { maxPcpus, maxPlaces, maxRegisters, maxVcpus } from "./word.js";

/**
 * Whether a header or an index says what it may. A checksum proves that a file is as it was written, not that
 * an honest writer wrote it: every number that is later used as an index or a length is held against its table
 * here, so that nobody else has to.
 */

type Test = (value: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;

const isText: Test = (value) => typeof value === "string";
const isFlag: Test = (value) => typeof value === "boolean";
const isBit: Test = (value) => value === 0 || value === 1;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number from `least` to `most`, both included. */
function within(least: number, most: number): Test {
  return (value) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;
}

const isCount = within(0, Number.MAX_SAFE_INTEGER);

const oneOf =
  (...allowed: readonly string[]): Test =>
  (value) =>
    typeof value === "string" && allowed.includes(value);

const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);

/** No longer than `most`: what is kept by each takes more memory than it does in the header. */
const shortListOf =
  (test: Test, most: number): Test =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(test);

/** Rows of one width, each column with its own test. */
const rowsOf = (...tests: readonly Test[]): Test =>
  listOf(
    (row) => Array.isArray(row) && row.length === tests.length && tests.every((test, at) => test(row[at])),
  );

/** A map with at least these keys; a later writer may add some. */
const mapOf =
  (tests: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isFields(value) && Object.entries(tests).every(([key, test]) => test(value[key]));

/** What may be left out. */
const maybe =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);

/** Of lines and of oddities: more names than there are kernel events. */
const mostNames = 1 << 16;
const mostBreaches = 1 << 10;

const countsByName: Test = (value) =>
  isFields(value) && Object.keys(value).length <= mostNames && Object.values(value).every(isCount);

/** Bits of an encoding: 16 of an instruction, and one for what is no system register. */
const maxEncoding = 0x1_ffff;

const capabilityTests: Readonly<Record<keyof Capabilities, Test>> = {
  guestWrites: oneOf("all", "trapped-only", "none"),
  guestReads: oneOf("all", "filtered", "trapped-only", "none"),
  values: isFlag,
  entries: oneOf("all", "full-only", "none"),
  runs: isFlag,
  loads: isFlag,
  switches: isFlag,
  fpUse: oneOf("first-use", "none"),
  pauthUse: oneOf("trapped", "modelled", "none"),
};

const isVcpu = mapOf({
  vm: within(-1, Number.MAX_SAFE_INTEGER),
  mpidr: within(0, 0xffff_ffff),
  thread: maybe(isCount),
  process: maybe(isCount),
  name: maybe(isText),
  guest: maybe(isText),
  guestSwitches: maybe(isCount),
});
const isPcpuTimes = mapOf({ pcpu: isCount, first: isCount, last: isCount });

const isOrigin = mapOf({ name: isText, identity: isText });
const isModelledPart = mapOf({
  part: isText,
  model: isText,
  seed: (value) => value === null || isCount(value),
  from: (value) => value === null || isOrigin(value),
});

const isBreach = mapOf({
  rule: isText,
  count: within(1, Number.MAX_SAFE_INTEGER),
  event: isCount,
  block: isCount,
  time: isCount,
  pcpu: isCount,
  vcpu: within(-1, Number.MAX_SAFE_INTEGER),
});
const isDamagedPart = mapOf({
  part: isText,
  what: isText,
  block: maybe(isCount),
  offset: isCount,
  bytes: isCount,
  lost: maybe(isCount),
});

/** Returns the header if it is one; else throws what `fail` makes of the part that is wrong. */
export function checkHeader(value: unknown, fail: (what: string) => Error): TraceHeader {
  if (!isHeader(value)) throw fail(`the header's "${wrongField(value) ?? "shape"}" is wrong`);
  if (!sumsHold(value)) throw fail("the counts in the header contradict each other");
  return value;
}

const isHeader = (value: unknown): value is TraceHeader => isFields(value) && wrongField(value) === undefined;

/** The name of a field that is missing or not as it should be. */
function wrongField(header: unknown): string | undefined {
  if (!isFields(header)) return undefined;
  const length = (key: string): number => (Array.isArray(header[key]) ? header[key].length : 0);
  const registers = length("registers");
  const places = length("places") / 2;
  const register = within(0, registers - 1);
  const place = within(0, places - 1);
  const registerList = listOf(within(1, registers - 1));

  const tests: Readonly<Record<keyof TraceHeader, Test>> = {
    tool: isText,
    source: mapOf({ format: isText, dialect: isText, name: isText, bytes: isCount, lines: isCount }),
    clock: mapOf({ unit: isText, perCpu: isFlag, origin: maybe(isCount) }),
    mode: oneOf("vhe", "nvhe", "none"),
    events: isCount,
    pcpus: shortListOf(isPcpuTimes, maxPcpus),
    vcpus: shortListOf(isVcpu, maxVcpus),
    guestTime: (list) => listOf(isCount)(list) && length("guestTime") === length("vcpus"),
    places: (list) => Array.isArray(list) && arePlaces(list, length("pcpus"), length("vcpus")),
    registers: (list) => Array.isArray(list) && areRegisters(list),
    capabilities: mapOf(capabilityTests),
    recorded: mapOf({
      guestSave: registerList,
      guestRestore: registerList,
      hostSave: registerList,
      hostRestore: registerList,
    }),
    tally: rowsOf(within(0, kindCount - 1), register, place, isCount),
    exits: rowsOf(place, isBit, within(0, 0xffff_ffff), register, isBit, isCount),
    passedOver: countsByName,
    anomalies: countsByName,
    modelled: (list) => list === undefined || (listOf(isModelledPart)(list) && length("modelled") > 0),
    breaches: maybe(shortListOf(isBreach, mostBreaches)),
    damaged: (list) => list === undefined || (listOf(isDamagedPart)(list) && length("damaged") > 0),
  };
  return Object.entries(tests).find(([key, test]) => !test(header[key]))?.[0];
}

function areRegisters(list: readonly unknown[]): boolean {
  return (
    list[0] === -1 &&
    list.length <= maxRegisters &&
    list.slice(1).every(within(0, maxEncoding)) &&
    new Set(list).size === list.length
  );
}

function arePlaces(list: readonly unknown[], pcpus: number, vcpus: number): boolean {
  if (list.length % 2 !== 0 || list.length > 2 * maxPlaces) return false;
  const [pcpu, vcpu] = [within(0, pcpus - 1), within(-1, vcpus - 1)];
  return list.every((value, at) => (at % 2 === 0 ? pcpu(value) : vcpu(value)));
}

const isExit = (kind: number): boolean => kind === Kind.fullExit || kind === Kind.fastExit;

/** Every event is tallied once, and every exit has a reason. */
function sumsHold({ tally, exits, events }: TraceHeader): boolean {
  let all = 0;
  let left = 0;
  for (const [kind, , , count] of tally) {
    all += count;
    if (isExit(kind)) left += count;
  }
  return all === events && exits.reduce((sum, row) => sum + row[5], 0) === left;
}

/**
 * The rows of an index whose blocks, with what else is there, fill the file from `start` to `end` without a gap and
 * hold `events` events. Rows of version 1 have no checksum.
 * @param others - Rows of other things that begin with offset and length, each list in the order of the file
 */
export function checkIndex(
  rows: NumberRows,
  start: number,
  end: number,
  events: number,
  fail: (what: string, block?: number) => Error,
  others: readonly NumberRows[] = [],
): Table<BlockRow> {
  const isLength = within(minBlockBytes, end - start);
  const isEvents = within(1, maxBlockEvents);
  const isWord = within(0, 0xffff_ffff);
  const { values, width } = rows;
  const passed = others.map(() => 0);
  let next = start;
  let total = 0;
  const passOthers = (): void => {
    for (let isMoving = true; isMoving;) {
      isMoving = false;
      others.forEach((other, list) => {
        for (; passed[list] < other.length; passed[list]++) {
          const at = passed[list] * other.width;
          if (other.values[at] !== next) break;
          next += other.values[at + 1];
          isMoving = true;
        }
      });
    }
  };
  for (let block = 0; block < rows.length; block++) {
    passOthers();
    const at = block * width;
    const [offset, bytes, held] = [values[at], values[at + 1], values[at + 2]];
    const isRow = width === 3 || isWord(values[at + 3]);
    if (!isRow || offset !== next || !isLength(bytes) || !isEvents(held)) {
      throw fail("the index is wrong about a block", block);
    }
    next += bytes;
    total += held;
  }
  passOthers();
  const isWhole = passed.every((count, list) => count === others[list].length);
  if (next !== end || !isWhole || total !== events) throw fail("the index does not cover the trace");
  return tableOf(rows.length, (block): BlockRow => {
    const [offset, bytes, held, crc] = values.subarray(block * width, (block + 1) * width);
    return width === 3 ? { offset, bytes, events: held } : { offset, bytes, events: held, crc };
  });
}
