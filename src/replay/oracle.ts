import { hasOracle, type ConfiguredGroup } from "../model/oracle.js";
import { oracleRows } from "../model/oracle-rows.js";
import type { OraclePrices } from "../policies/policy.js";
import { TraplineError } from "../errors.js";
import { openTrace } from "../trace/reader.js";
import type { TraceCounts } from "./merge.js";
import { createOracleRun, type OracleRun } from "./oracle-run.js";
import { namingOf } from "./prepare.js";

/** The counts of a trace with every policy's groups in the hands of an oracle, at the prices of a question. */
export type OracleCounts = (question: number) => TraceCounts;

/** Milliseconds between two turns of the event loop: an interrupt is heard within a fraction of a second. */
const betweenTurns = 50;

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
    policy.groups.filter(hasOracle).map((group): ConfiguredGroup => ({ group, config })),
  );
  const trace = openTrace(counts.path);
  try {
    const naming = namingOf(header);
    const oracle = createOracleRun({ trace, naming }, tracked, questions);
    let turned = 0;
    for (const _ of oracle.steps()) {
      if (performance.now() - turned < betweenTurns) continue;
      await takeTurn(signal);
      turned = performance.now();
    }
    return pricedCounts(counts, oracle, questions);
  } finally {
    trace.close();
  }
}

const pricedCounts =
  (counts: TraceCounts, oracle: OracleRun, questions: readonly OraclePrices[]): OracleCounts =>
  (question) => ({
    ...counts,
    policies: counts.policies.map(({ policy, rows }, at) => {
      const assignment = counts.assignments[at];
      const { config } = assignment;
      const guestRows = (group: ConfiguredGroup["group"]) =>
        hasOracle(group)
          ? oracle.rows({ group, config }, question)
          : rows.filter(({ context, register }) => context === "guest" && group.registers.includes(register));
      return { policy, rows: oracleRows(assignment.policy, rows, guestRows, questions[question]) };
    }),
  });

async function takeTurn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise(setImmediate);
  if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
}
