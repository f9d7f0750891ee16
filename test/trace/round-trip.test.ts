import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { samples } from "./samples.js";
import { readTrace, temporaryFolder, writeTrace, type Sample } from "./support.js";

const path = join(temporaryFolder(), "trace.trl");

const unsigned = (given: readonly Sample[]): Sample[] =>
  given.map((each) => ({ ...each, value: each.value && [each.value[0] >>> 0, each.value[1] >>> 0] }));

const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  blockEvents: fc.constantFrom(1, 2, 7, 65_536),
});

/** An event of vCPU 0. */
const at = (kind: number, pcpu: number, time: number): Sample => ({
  kind,
  encoding: 0,
  pcpu,
  vcpu: 0,
  time,
  value: undefined,
});

const spent = (...given: readonly Sample[]): number => writeTrace(path, given).guestTime[0];

describe("a trace", () => {
  it("gives back every event, whatever its time and value", () => {
    fc.assert(
      fc.property(samples, options, (given, written) => {
        writeTrace(path, given, written);
        expect(readTrace(path)).toEqual(unsigned(given));
      }),
      { numRuns: 100 },
    );
  });

  it("counts every event by kind, register and place", () => {
    fc.assert(
      fc.property(samples, (given) => {
        const header = writeTrace(path, given);
        const counts: Record<string, number> = {};
        for (const { kind, encoding, pcpu, vcpu } of given) {
          const key = `${kind} ${encoding} ${pcpu} ${vcpu}`;
          counts[key] = (counts[key] ?? 0) + 1;
        }
        const { registers, places, tally } = header;
        const rows = tally.map(([kind, register, place, count]) => [
          `${kind} ${register === 0 ? 0 : registers[register]} ${places[2 * place]} ${places[2 * place + 1]}`,
          count,
        ]);
        expect(new Set(rows.map(([key]) => key)).size).toBe(rows.length);
        expect(Object.fromEntries(rows)).toEqual(counts);
        expect(header.events).toBe(given.length);
      }),
    );
  });

  it("counts every exit by its reason", () => {
    fc.assert(
      fc.property(samples, (given) => {
        const { exits, registers, places } = writeTrace(path, given);
        const counts: Record<string, number> = {};
        for (const { kind, encoding, pcpu, vcpu, value } of given) {
          if (kind !== Kind.fullExit && kind !== Kind.fastExit) continue;
          const [lo, hi] = value ?? [0, 0];
          const syndrome = value !== undefined && hi >>> 31 === 0;
          const reason = value === undefined ? 67 : syndrome ? lo >>> 26 : lo >>> 0;
          const write = syndrome && lo >>> 26 === 0x18 && lo % 2 === 0;
          const fast = kind === Kind.fastExit;
          const key = `${pcpu} ${vcpu} ${Number(fast)} ${reason} ${encoding} ${Number(write)}`;
          counts[key] = (counts[key] ?? 0) + 1;
        }
        const rows = exits.map(([place, fast, reason, register, write, count]) => {
          const encoding = register === 0 ? 0 : registers[register];
          return [
            `${places[2 * place]} ${places[2 * place + 1]} ${fast} ${reason} ${encoding} ${write}`,
            count,
          ];
        });
        expect(new Set(rows.map(([key]) => key)).size).toBe(rows.length);
        expect(Object.fromEntries(rows)).toEqual(counts);
      }),
    );
  });

  it("adds up the time between a vCPU's entry and its exit on the same pCPU", () => {
    fc.assert(
      fc.property(samples, (given) => {
        const sums = [0, 0, 0, 0];
        for (const [index, exit] of given.entries()) {
          if (exit.vcpu < 0 || (exit.kind !== Kind.fullExit && exit.kind !== Kind.fastExit)) continue;
          const before = given
            .slice(0, index)
            .findLast(
              ({ kind, vcpu }) =>
                kind === Kind.lost ||
                (vcpu === exit.vcpu &&
                  (kind === Kind.entry || kind === Kind.fullExit || kind === Kind.fastExit)),
            );
          if (before?.kind !== Kind.entry || before.pcpu !== exit.pcpu || before.time > exit.time) continue;
          sums[exit.vcpu] = Math.min(sums[exit.vcpu] + exit.time - before.time, Number.MAX_SAFE_INTEGER);
        }
        expect(writeTrace(path, given).guestTime).toEqual(sums);
      }),
    );
  });

  it("counts no time twice, none that goes back, none between pCPUs, and none over lost events", () => {
    const [entered, lost, left] = [at(Kind.entry, 0, 10), at(Kind.lost, 0, 20), at(Kind.fullExit, 0, 30)];
    expect([spent(entered, left), spent(entered, lost, left), spent(lost, entered, left)]).toEqual([
      20, 0, 20,
    ]);
    const entry = at(Kind.entry, 0, 100);
    expect(spent(entry, at(Kind.fastExit, 0, 130), at(Kind.fullExit, 0, 150))).toBe(30);
    expect(spent(entry, at(Kind.fullExit, 0, 90))).toBe(0);
    expect(spent(entry, at(Kind.fullExit, 1, 130))).toBe(0);
    expect(spent(at(Kind.fullExit, 0, 130))).toBe(0);
    expect(spent(entry, at(Kind.entry, 0, 110), at(Kind.fullExit, 0, 130))).toBe(20);
  });

  it("says when each pCPU was first and last heard of, and reads its header as it was written", () => {
    fc.assert(
      fc.property(samples, (given) => {
        const header = writeTrace(path, given);
        for (const pcpu of [0, 1, 2, 3]) {
          const own = given.filter((each) => each.pcpu === pcpu);
          const [first, last] = [own[0]?.time ?? 0, own.at(-1)?.time ?? 0];
          expect(header.pcpus[pcpu]).toEqual({ pcpu, first, last });
        }
        const trace = openTrace(path);
        trace.close();
        expect(trace.header).toEqual(header);
      }),
    );
  });
});
