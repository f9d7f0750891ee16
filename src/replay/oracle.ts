import { createOracle, hasOracle, type Oracle, type TrackedGroup } from "../model/oracle.js";
import { oracleRows } from "../model/oracle-rows.js";
import type { OraclePrices } from "../policies/policy.js";
import { TraplineError } from "../errors.js";
import { hasPauth } from "../trace/capabilities.js";
import { traceEvents } from "../trace/events.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { placeShift, wordKind, wordPlace, wordRegister } from "../trace/word.js";
import type { TraceCounts } from "./merge.js";
import { namingOf } from "./prepare.js";

/** The counts of a trace with every policy's groups in the hands of an oracle, at the prices of a question. */
export type OracleCounts = (question: number) => TraceCounts;

/** So much is read before others get a turn: an interrupt is heard within a fraction of a second. */
const blocksPerTurn = 16;
const eventsPerTurn = 1 << 20;

/**
 * The oracles of everything that was counted on a trace, at several prices, in one more pass over it. Groups that
 * hide what they name have none, and keep their counts. Throws TraplineError `interrupted` when told to stop.
 */
export async function oraclePass(
  counts: TraceCounts,
  questions: readonly OraclePrices[],
  signal?: AbortSignal,
): Promise<OracleCounts> {
  const { header, assignments } = counts;
  const tracked = assignments.flatMap(({ policy, config }) =>
    policy.groups.filter(hasOracle).map((group): TrackedGroup => ({ group, config })),
  );
  const naming = namingOf(header);
  const oracle = createOracle(naming, tracked, questions, hasPauth(header.capabilities));
  if (tracked.length > 0) {
    const trace = openTrace(counts.path);
    try {
      if (tracked.some(({ group }) => group.arm === "until-caches-on")) {
        await stepEvents(trace, oracle, signal);
      } else await stepWords(trace, oracle, signal);
    } finally {
      trace.close();
    }
  }
  return (question) => ({
    ...counts,
    policies: counts.policies.map(({ policy, rows }, at) => {
      const assignment = assignments[at];
      const { config } = assignment;
      const guestRows = (group: TrackedGroup["group"]) =>
        hasOracle(group)
          ? oracle.rows({ group, config }, question)
          : rows.filter(({ context, register }) => context === "guest" && group.registers.includes(register));
      return { policy, rows: oracleRows(assignment.policy, rows, guestRows, questions[question]) };
    }),
  });
}

async function takeTurn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise(setImmediate);
  if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
}

/** With values, which only traps that last until the caches are on look at. */
async function stepEvents(trace: Trace, oracle: Oracle, signal: AbortSignal | undefined): Promise<void> {
  let at = 0;
  for (const event of traceEvents(trace)) {
    if (at++ % eventsPerTurn === 0) await takeTurn(signal);
    oracle.step(event);
  }
}

/** Without values: most events are of no concern to any group, and are not looked at. */
async function stepWords(trace: Trace, oracle: Oracle, signal: AbortSignal | undefined): Promise<void> {
  const lowHalf = (1 << placeShift) - 1;
  /** By the low half of a word: 0 for unknown, 1 for seen, 2 for passed over. */
  const seen = new Uint8Array(1 << placeShift);
  for (let block = 0; block < trace.blocks.length; block++) {
    if (block % blocksPerTurn === 0) await takeTurn(signal);
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
