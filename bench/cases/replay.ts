import { closeSync, openSync, writeSync } from "node:fs";
import { availableParallelism } from "node:os";
import { baselineCounts, assertSame, type BaselineCounts, type PolicyCounts } from "../counts.js";
import type { Case, Missing, Sample } from "../case.js";
import { compile, duckdbCounts, plainReplay, runReplay, wholeProcess, type Workplace } from "../programs.js";
import type { ReplayRuns } from "../run-replay.js";
import { encodeTables, replayTables, wordsFor, type Tables } from "../tables.js";

/** A trace to replay, and what it is repetitions of. */
export interface ReplayInput {
  readonly name: string;
  readonly trace: string;
  /** The recording whose events the baselines have in memory, as often as `times`. */
  readonly once: string;
  readonly times: number;
  readonly events: number;
}

export interface ReplayOptions {
  readonly policies: readonly string[];
  /** Runs within one process; the first one of them is not counted. */
  readonly runs: number;
  readonly plain: boolean;
  /** Also the whole process, and workers. */
  readonly workers: boolean;
}

interface BaselineRuns extends BaselineCounts {
  readonly seconds: readonly number[];
}

/** Replay of a trace beside programs that look at each event, all of which must count the same. */
export async function replayCases(
  place: Workplace,
  { name, trace, once, times, events }: ReplayInput,
  { policies, runs, plain, workers }: ReplayOptions,
): Promise<{ readonly cases: Case[]; readonly missing: Missing[] }> {
  const tables = replayTables(once, policies);
  const file = place.path(`${name.replaceAll(/\W+/g, "-")}.tables`);
  writeTables(file, tables);
  let expected: readonly PolicyCounts[] | undefined;
  const check = (what: string, counts: readonly PolicyCounts[]): void => {
    expected ??= counts;
    assertSame(`${name}, ${what}`, tables, expected, counts);
  };
  const add = (what: string, limit: string, run: () => Promise<Sample>): Case => {
    return { input: name, name: what, amount: events, unit: "events", limit, run };
  };
  const own = (what: string, threads: number, limit: string, processes = 1): Case =>
    add(what, limit, async () => {
      const args = [runReplay, trace, policies.join(), String(threads), String(runs)];
      const outputs = Array.from({ length: processes }, () => place.output(process.execPath, args));
      const made = (await Promise.all(outputs)).map(({ stdout }): ReplayRuns => JSON.parse(stdout));
      for (const { counts } of made) check(what, counts);
      return {
        seconds: made.flatMap(({ seconds }) => seconds),
        prepare: made.flatMap(({ prepare }) => prepare),
        peak: Math.max(...made.map(({ peak }) => peak)) / 2 ** 20,
      };
    });
  const baseline = (what: string, command: string, args: readonly string[], limit: string): Case =>
    add(what, limit, async () => {
      const made: BaselineRuns = JSON.parse((await place.output(command, args)).stdout);
      check(what, baselineCounts(tables, made));
      return { seconds: made.seconds };
    });

  const cases = [own("trapline, replay alone", 0, "look-ups of windows in cache, reading and checksums")];
  const missing: Missing[] = [];
  const program = await compile(place, "replay", [`-DWORDS=${wordsFor(tables)}`]);
  if (program === undefined) missing.push({ input: name, name: "C", why: "there is no gcc here" });
  else {
    const args = [file, String(times), String(runs)];
    cases.push(baseline("C, events in memory", program, args, "branches that cannot be foretold"));
  }
  if (plain) {
    const args = [plainReplay, file, String(times), "1"];
    cases.push(baseline("TypeScript, events in memory", process.execPath, args, "instructions per event"));
  }
  if (workers) {
    // They share nothing: workers cannot be more than twice as fast as one of them.
    cases.push(own("trapline, each of two processes at once", 0, "what two cores share", 2));
    for (const threads of new Set([1, 2, availableParallelism()])) {
      const limit = threads === 1 ? "as alone" : "the last task, and preparing in each thread";
      cases.push(own(`trapline, workers: ${threads}`, threads, limit));
    }
    for (const threads of new Set([1, availableParallelism()])) {
      const args = ["replay", trace, "-j", String(threads), "-p", policies.join(), "--json", "--no-progress"];
      cases.push(
        add(`trapline, whole process, -j ${threads}`, "start, loading and compiling", () =>
          wholeProcess(place, args),
        ),
      );
    }
  }
  return { cases, missing };
}

/** `dirty-each` alone, and the same in SQL over a table of events. */
export async function sqlCases(
  place: Workplace,
  input: ReplayInput,
  runs: number,
): Promise<{ readonly cases: Case[]; readonly missing: Missing[] }> {
  const policies = ["dirty-each"];
  const made = await replayCases(place, input, { policies, runs, plain: false, workers: false });
  const tables = replayTables(input.once, policies);
  let expected: readonly PolicyCounts[] | undefined;
  for (const threads of new Set([1, availableParallelism()])) {
    const name = `DuckDB, threads: ${threads}`;
    made.cases.push({
      input: input.name,
      name,
      amount: input.events,
      unit: "events",
      limit: "window functions sort and materialize",
      async run() {
        const args = [duckdbCounts, input.once, String(input.times), "1", String(threads)];
        const found: BaselineRuns = JSON.parse((await place.output(process.execPath, args)).stdout);
        if (expected === undefined) {
          const ours = [runReplay, input.trace, "dirty-each", "0", "1"];
          const replayed: ReplayRuns = JSON.parse((await place.output(process.execPath, ours)).stdout);
          expected = replayed.counts;
        }
        assertSame(`${input.name}, ${name}`, tables, expected, baselineCounts(tables, found));
        return { seconds: found.seconds };
      },
    });
  }
  return made;
}

function writeTables(path: string, tables: Tables): void {
  const file = openSync(path, "w");
  try {
    for (const bytes of encodeTables(tables)) {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    }
  } finally {
    closeSync(file);
  }
}
