import type { CountRow } from "../model/counts.js";
import { createOracle, oracleKey, type Oracle, type ConfiguredGroup } from "../model/oracle.js";
import { createWindowOracle, oraclesByWindows } from "../model/oracle-windows.js";
import type { OraclePrices } from "../policies/policy.js";
import { hasPauth } from "../configs/pauth.js";
import { traceEvents } from "../trace/events.js";
import type { Trace } from "../trace/reader.js";
import { placeShift, wordKind, wordPlace, wordRegister } from "../trace/word.js";
import { windowSource, type PreparedTrace } from "./prepare.js";

/** What of a trace the oracles of some groups read. */
export interface OracleReading {
  readonly events: boolean;
  /** Segmentations whose windows are read. */
  readonly windows: readonly number[];
}

/** The oracles of groups on a trace, at the prices of several questions. */
export interface OracleRun {
  readonly reading: OracleReading;
  /** Does the work; gives back control every few milliseconds. To be gone through once. */
  steps(): Generator<void>;
  /** Rows of a group's registers in guest contexts, when the work is done. */
  rows(group: ConfiguredGroup, question: number): CountRow[];
}

const eventsPerStep = 1 << 18;

/** Windows tell most groups all, and there are few of them; what depends on values or on other vCPUs needs events. */
export function createOracleRun(
  { trace, naming }: Pick<PreparedTrace, "trace" | "naming">,
  groups: readonly ConfiguredGroup[],
  questions: readonly OraclePrices[],
): OracleRun {
  const source = windowSource({ trace, naming });
  const ours = oraclesByWindows(source, groups);
  const others = groups.filter((each) => !ours.includes(each));
  const pauth = groups.some(({ config }) => hasPauth(config, trace.header.capabilities));
  const windows = createWindowOracle(source, naming.registers, ours, questions, pauth);
  const events = createOracle(naming, others, questions, pauth);
  const byWindows = new Set(ours.map(oracleKey));
  const reading = { events: others.length > 0, windows: windows.segmentations };
  return {
    reading,
    *steps() {
      const { blocks, read } = source.windows;
      for (let at = 0; reading.windows.length > 0 && at < blocks.length; at++) {
        if (!reading.windows.includes(blocks.row(at).segmentation)) continue;
        windows.run(read(at));
        yield;
      }
      if (!reading.events) return;
      const needsValues = others.some(({ group }) => group.arm === "until-caches-on");
      yield* needsValues ? stepEvents(trace, events) : stepWords(trace, events);
    },
    rows: (group, question) => (byWindows.has(oracleKey(group)) ? windows : events).rows(group, question),
  };
}

/** With values, which only traps that last until the caches are on look at. */
function* stepEvents(trace: Trace, oracle: Oracle): Generator<void> {
  let at = 0;
  for (const event of traceEvents(trace)) {
    if (at++ % eventsPerStep === 0) yield;
    oracle.step(event);
  }
}

/** Without values: most events are of no concern to any group, and are not looked at. */
function* stepWords(trace: Trace, oracle: Oracle): Generator<void> {
  const lowHalf = (1 << placeShift) - 1;
  /** By the low half of a word: 0 for unknown, 1 for seen, 2 for passed over. */
  const seen = new Uint8Array(1 << placeShift);
  for (let block = 0; block < trace.blocks.length; block++) {
    yield;
    const words = trace.words(block);
    for (let at = 0; at < words.length; at++) {
      const word = words[at];
      const half = word & lowHalf;
      if (seen[half] === 0) seen[half] = oracle.sees(wordKind(word), wordRegister(word)) ? 1 : 2;
      if (seen[half] === 2) continue;
      const [kind, register, place] = [wordKind(word), wordRegister(word), wordPlace(word)];
      oracle.step({ kind, register, place, hasValue: false, lo: 0 });
    }
  }
}
