import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { TraplineError } from "#src/errors.js";
import { importTrace } from "#src/import/import.js";
import { createInterpreter, type CountTables } from "#src/model/reference.js";
import { builtinPolicies } from "#src/policies/registry.js";
import { parseInterval } from "#src/replay/interval-length.js";
import { makeIntervalResult, type IntervalResult } from "#src/replay/interval-result.js";
import { countIntervals } from "#src/replay/intervals.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { makeResult, type RegisterTotals, type ReplayResult } from "#src/replay/result.js";
import { Kind } from "#src/trace/kinds.js";
import { recording, temporaryFolder } from "../cli/program.js";
import { assignment, recording as randomRecording } from "../model/arbitraries.js";
import { fields, writeTrace, type Sample } from "../trace/support.js";

const folder = temporaryFolder();
const traces = ["kvm-vhe", "kvm-nvhe"].map((name) => join(folder, `${name}.trl`));

beforeAll(async () => {
  for (const trace of traces) {
    await importTrace(recording(`${trace.slice(folder.length + 1, -4)}.tarmac.zst`), trace);
  }
});

/** The policies that a trace can answer, interpreted ones among them. */
function answered(trace: string): string[] {
  return builtinPolicies
    .filter((policy) => {
      try {
        makePlan([trace], { policies: [policy], choice: {} });
        return true;
      } catch (error) {
        if (error instanceof TraplineError) return false;
        throw error;
      }
    })
    .map(({ name }) => name);
}

async function seriesOf(trace: string, policies: readonly string[], text: string): Promise<IntervalResult> {
  return makeIntervalResult([await countIntervals(trace, policies, {}, parseInterval(text))], text, "test");
}

async function replayOf(trace: string, names: readonly string[]): Promise<ReplayResult> {
  const policies = builtinPolicies.filter(({ name }) => names.includes(name));
  const counts = [];
  const plan = makePlan([trace], { policies, choice: {} });
  for await (const each of replayPlan(plan, { threads: 0 })) counts.push(each);
  return makeResult(counts, "test", false);
}

/** Sums by register and context, without those that counted nothing. */
function sums(rows: readonly RegisterTotals[]): Record<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const { register, context, traps, saves, elided, restores } of rows) {
    const key = `${context} ${register}`;
    const before = found.get(key) ?? [0, 0, 0, 0];
    found.set(
      key,
      [traps, saves, elided, restores].map((count, at) => count + before[at]),
    );
  }
  return Object.fromEntries([...found].filter(([, counts]) => counts.some((count) => count > 0)));
}

describe("counts by interval", () => {
  it.each(["1/7", "1e6", "windows=100"])(
    "of %s sum to the counts of a replay, for every policy",
    async (length) => {
      for (const trace of traces) {
        const names = answered(trace);
        expect(names).toEqual(expect.arrayContaining(["eager", "dirty-pie", "dirty-each", "tvm"]));
        const [series] = (await seriesOf(trace, names, length)).traces;
        const whole = await replayOf(trace, names);
        for (const [at, { policy, totals, registers }] of whole.policies.entries()) {
          const parts = series.intervals.map(({ policies }) => policies[at]);
          expect(parts.every((part) => part.policy === policy)).toBe(true);
          expect(sums(parts.flatMap((part) => part.registers))).toEqual(sums(registers));
          expect(series.policies[at].totals).toEqual(totals);
        }
        const sum = (of: "runs" | "guestEntries" | "guestExits"): number =>
          series.intervals.reduce((total, row) => total + row[of], 0);
        const [{ runs, guestEntries, guestExits }] = whole.traces;
        expect([sum("runs"), sum("guestEntries"), sum("guestExits")]).toEqual([
          runs,
          guestEntries,
          guestExits,
        ]);
      }
    },
  );

  it("are adjoining, of one length but for the last", async () => {
    const [{ intervals, length }] = (await seriesOf(traces[0], ["eager"], "1/7")).traces;
    expect(intervals).toHaveLength(7);
    const [first] = intervals;
    expect(intervals.map(({ interval, start }) => [interval, start])).toEqual(
      intervals.map((_, at) => [at, first.start + at * length]),
    );
    expect(intervals.slice(0, -1).map(({ end }) => end)).toEqual(
      intervals.slice(1).map(({ start }) => start),
    );
    const last = intervals[6];
    expect(last.end - last.start).toBeLessThanOrEqual(length);
  });

  it("by windows hold that many save points of the EL1 state each", async () => {
    const [{ intervals, unit, perCpu }] = (await seriesOf(traces[1], ["eager"], "windows=50")).traces;
    expect([unit, perCpu]).toEqual(["windows", false]);
    const saves = intervals.map(
      ({ policies: [eager] }) =>
        eager.registers.find(({ register, context }) => register === "PIR_EL1" && context === "guest")?.saves,
    );
    expect(saves.length).toBeGreaterThan(10);
    expect(saves.slice(0, -1).every((count) => count === 50)).toBe(true);
  });

  it("say that each pCPU has a clock of its own", async () => {
    const { notes } = await seriesOf(traces[0], ["eager"], "1/2");
    expect(notes.some((note) => note.includes("own pCPU's time"))).toBe(true);
    const byWindows = await seriesOf(traces[0], ["eager"], "windows=9");
    expect(byWindows.notes.some((note) => note.includes("own pCPU's time"))).toBe(false);
  });

  it("stop when they are told to", async () => {
    const stop = new AbortController();
    const options = { signal: stop.signal, onProgress: () => stop.abort() };
    await expect(
      countIntervals(traces[1], ["eager"], {}, parseInterval("1/2"), options),
    ).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("an event", () => {
  const event = (pcpu: number, time: number, kind: number): Sample => {
    return { kind, encoding: 0, pcpu, vcpu: pcpu, time, value: undefined };
  };

  it("is in the interval of its own pCPU's time, and one out of time in the first or the last", async () => {
    const path = join(folder, "small.trl");
    const samples = [
      event(0, 100, Kind.runStart),
      event(1, 190, Kind.runStart),
      event(0, 50, Kind.runEnd), // 50 before the first event
      event(1, 130, Kind.runEnd),
      event(0, 999, Kind.runStart), // after the last
      event(0, 199, Kind.runEnd),
    ];
    writeTrace(path, samples, {}, { ...fields, mode: "nvhe" });
    const [{ intervals }] = (await seriesOf(path, ["eager"], "10")).traces;
    expect(intervals.map(({ start }) => start)).toEqual([100, 110, 120, 130, 140, 150, 160, 170, 180, 190]);
    expect(intervals.map(({ runs }) => runs)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    const saves = intervals.map(({ policies: [{ totals }] }) => totals.saves);
    expect(saves.map((count) => count > 0)).toEqual(intervals.map((_, at) => [0, 3, 9].includes(at)));
  });
});

it("an interpreter counts the same into any tables", () => {
  const made = assignment.chain((each) =>
    fc.tuple(fc.constant(each), randomRecording([each], 60), fc.infiniteStream(fc.nat(3))),
  );
  fc.assert(
    fc.property(made, ([{ policy, config }, { naming, events }, choice]) => {
      const plain = createInterpreter(naming, policy, config);
      const parted = createInterpreter(naming, policy, config);
      const tables = Array.from({ length: 4 }, (): CountTables => ({ guest: new Map(), host: new Map() }));
      for (const each of events) {
        plain.step(each);
        parted.step(each, tables[choice.next().value ?? 0]);
      }
      const parts = tables.flatMap(({ guest, host }) => [
        ...Array.from(guest, ([register, totals]) => ({ register, context: "guest" as const, ...totals })),
        ...Array.from(host, ([register, totals]) => ({ register, context: "host" as const, ...totals })),
      ]);
      expect(sums(parts)).toEqual(sums(plain.rows()));
    }),
    { numRuns: 200 },
  );
});
