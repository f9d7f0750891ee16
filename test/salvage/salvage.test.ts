import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkTrace } from "#src/check/check-trace.js";
import { TraplineError } from "#src/errors.js";
import { importTrace } from "#src/import/import.js";
import { createInterpreter } from "#src/model/reference.js";
import { findPolicy } from "#src/policies/find.js";
import { assign } from "#src/replay/config.js";
import { namingOf } from "#src/replay/prepare.js";
import { salvageTrace, type Salvage } from "#src/salvage/salvage.js";
import { surveyTrace } from "#src/salvage/survey.js";
import { isIncomplete } from "#src/trace/damaged.js";
import { traceEvents } from "#src/trace/events.js";
import type { TraceHeader } from "#src/trace/header.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { chance } from "../chance.js";
import { firstLines, smallCut } from "../cli/program.js";
import { steadyRuns } from "../trace/samples.js";
import { readTrace, temporaryFolder, troubleOf, writeTrace, type Sample } from "../trace/support.js";

const folder = temporaryFolder();
const [whole, damaged, made] = ["whole", "damaged", "made"].map((name) => join(folder, `${name}.trl`));

/** The trace that is made of a damaged one, and its events. */
function salvage(how: Salvage, path = damaged): { readonly header: TraceHeader; readonly events: Sample[] } {
  const survey = surveyTrace(path);
  try {
    const header = salvageTrace(survey, made, how);
    return { header, events: readTrace(made) };
  } finally {
    survey.close();
  }
}

const flip = (bytes: Uint8Array, ...places: readonly number[]): void => {
  const copy = Uint8Array.from(bytes);
  for (const at of places) copy[at] ^= 4;
  writeFileSync(damaged, copy);
};

describe("a trace that is made of a damaged one", () => {
  const samples = steadyRuns(96);
  const header = writeTrace(whole, samples, { blockEvents: 20 });
  const bytes = readFileSync(whole);
  const trace = openTrace(whole);
  trace.close();
  const { blocks } = trace;
  const lostAt = (pcpu: number, time: number, count?: number): Sample => {
    return {
      kind: Kind.lost,
      encoding: 0,
      pcpu,
      vcpu: -1,
      time,
      value: count === undefined ? undefined : [count, 0],
    };
  };

  it("has all but the damaged block, and says where events are missing, and how many", () => {
    flip(bytes, blocks.row(1).offset + 200);
    const { header: own, events } = salvage("skip");
    const lastOf = (pcpu: number): number =>
      samples.slice(0, 20).findLast((each) => each.pcpu === pcpu)?.time ?? -1;
    const gap = [0, 1].filter((pcpu) => lastOf(pcpu) >= 0 || pcpu === 1);
    expect(events.filter(({ kind }) => kind !== Kind.lost)).toEqual([
      ...samples.slice(0, 20),
      ...samples.slice(40),
    ]);
    const lost = events.slice(20, 20 + gap.length);
    expect(lost[0]).toEqual(lostAt(0, lastOf(0), 20));
    expect(lost.map(({ kind, value }) => [kind, value?.[0]])).toEqual(
      gap.map((_, at) => [Kind.lost, at === 0 ? 20 : undefined]),
    );
    expect(own.damaged).toEqual([
      {
        part: "events",
        what: "the checksum of a column does not hold",
        block: 1,
        offset: blocks.row(1).offset,
        bytes: blocks.row(1).bytes,
        lost: 20,
      },
    ]);
    expect(isIncomplete(own)).toBe(true);
    // It is itself a trace in which nothing is wrong.
    expect(checkTrace(made)).toMatchObject({ whole: true, findings: [] });
  });

  it("ends at the damage, where that is wanted", () => {
    flip(bytes, blocks.row(1).offset + 200, blocks.row(3).offset + 200);
    const { header: own, events } = salvage("stop");
    expect(events.slice(0, 20)).toEqual(samples.slice(0, 20));
    expect(events.slice(20).map(({ kind }) => kind)).toEqual(events.slice(20).map(() => Kind.lost));
    expect(events[20].value).toEqual([76, 0]);
    expect(own.damaged?.map(({ part, lost }) => [part, lost])).toEqual([
      ["events", 20],
      ["events", 20],
      ["events", 36],
    ]);
  });

  it("may have lost its first block", () => {
    flip(bytes, blocks.row(0).offset + 5);
    const { events } = salvage("skip");
    expect(events.filter(({ kind }) => kind !== Kind.lost)).toEqual(samples.slice(20));
    expect(events[0]).toMatchObject({ kind: Kind.lost, value: [20, 0] });
  });

  it("has all events where windows, the index or the first bytes are wrong", () => {
    const { windowAt } = placesOf(bytes);
    for (const at of [windowAt, bytes.length - 3, 13, 20, 40, 61]) {
      flip(bytes, at);
      const { header: own, events } = salvage("skip");
      expect([at, events]).toEqual([at, samples]);
      expect([at, isIncomplete(own), own.damaged?.length]).toEqual([at, false, 1]);
      expect({ ...own, damaged: undefined }).toEqual({ ...header, damaged: undefined });
    }
  });

  it("is made where the first bytes say anything", () => {
    const copy = Buffer.from(bytes);
    copy.writeBigUInt64LE(2n ** 63n, 24);
    copy.writeUInt32LE(7, 8);
    writeFileSync(damaged, copy);
    expect(salvage("skip").events).toEqual(samples);
  });

  it("is told of when more was written behind it", () => {
    writeFileSync(damaged, Buffer.concat([bytes, Buffer.from("more")]));
    const { header: own, events } = salvage("skip");
    expect(events).toEqual(samples);
    expect(own.damaged).toMatchObject([{ part: "file", offset: bytes.length, bytes: 4, lost: 0 }]);
  });

  it("cannot be made without the header, nor of a file that was cut off", () => {
    flip(bytes, bytes.indexOf("tool"));
    expect(troubleOf(() => surveyTrace(damaged)).message).toMatch(/without the header nothing/);
    writeFileSync(damaged, bytes.subarray(0, bytes.length - 2000));
    expect(troubleOf(() => surveyTrace(damaged)).code).toBe("corrupt");
  });

  it("has lost one block at most, whichever bit is wrong, and never an event that is another", () => {
    const next = chance(77);
    const left = (): Sample[] | undefined => {
      try {
        return salvage("skip").events;
      } catch (error) {
        if (error instanceof TraplineError && error.message.includes("header")) return undefined;
        throw error;
      }
    };
    const own = samples.map((each) => JSON.stringify(each));
    for (let tried = 0; tried < 120; tried++) {
      const at = 8 + Math.floor(((tried + next()) * (bytes.length - 8)) / 120);
      const copy = Uint8Array.from(bytes);
      copy[at] ^= 1 << Math.floor(8 * next());
      writeFileSync(damaged, copy);
      const events = left();
      if (events === undefined) continue;
      const kept = events.filter(({ kind }) => kind !== Kind.lost).map((each) => JSON.stringify(each));
      const block = [...blocks].findIndex(
        ({ offset, bytes: length }) => at >= offset && at < offset + length,
      );
      const without = block < 0 ? own : own.filter((_, event) => Math.floor(event / 20) !== block);
      expect([at, kept]).toEqual([at, without]);
    }
  });
});

describe("a gap", () => {
  it("costs a trap, a save and a restore at most, of each group of each context, beside what was lost in it", async () => {
    const text = join(folder, "small.tarmac");
    writeFileSync(text, await firstLines("kvm-vhe.tarmac.zst", smallCut));
    await importTrace(text, whole, { blockEvents: 300 });
    const bytes = readFileSync(whole);
    const trace = openTrace(whole);
    const all = [...traceEvents(trace)];
    const naming = namingOf(trace.header);
    const names = ["eager", "dirty-pie", "dirty-each", "deferred"];
    const { assignments } = assign(
      trace.header,
      names.map((name) => findPolicy(name)),
      {},
      whole,
    );
    trace.close();
    let differed = 0;
    for (const [block, { offset, events }] of [...trace.blocks].entries()) {
      const first = 300 * block;
      flip(bytes, offset + 100);
      salvage("skip");
      const left = openTrace(made);
      for (const { policy, config } of assignments) {
        const counter = createInterpreter(naming, policy, config);
        const sums = (): Map<string, number> => countsOf(counter.rows());
        for (const event of all.slice(0, first)) counter.step(event);
        const before = sums();
        for (const event of all.slice(first, first + events)) counter.step(event);
        const behind = sums();
        for (const event of all.slice(first + events)) counter.step(event);
        const own = createInterpreter(namingOf(left.header), policy, config);
        for (const event of traceEvents(left)) own.step(event);
        const found = countsOf(own.rows());
        for (const [key, count] of sums()) {
          const expected = count - ((behind.get(key) ?? 0) - (before.get(key) ?? 0));
          const difference = Math.abs((found.get(key) ?? 0) - expected);
          expect([policy.name, block, key, difference <= 1]).toEqual([policy.name, block, key, true]);
          differed += difference;
        }
      }
      left.close();
    }
    // Else nothing would have been tried.
    expect(differed).toBeGreaterThan(0);
  });
});

function countsOf(rows: ReturnType<ReturnType<typeof createInterpreter>["rows"]>): Map<string, number> {
  return new Map(
    rows.flatMap(({ context, unit, register, traps, saves, elided, restores }) =>
      Object.entries({ traps, saves, elided, restores }).map(
        ([what, count]) => [`${context} ${unit} ${register} ${what}`, count] as const,
      ),
    ),
  );
}

/** A byte in a block of windows. */
function placesOf(bytes: Buffer): { readonly windowAt: number } {
  return { windowAt: bytes.indexOf("TWIN") + 30 };
}
