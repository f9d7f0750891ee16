import { readdirSync } from "node:fs";
import { basename } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layExits } from "#src/modelled/lay.js";
import { exitModel } from "#src/modelled/registry.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { readTrace, type Sample } from "../trace/support.js";
import { bareFields, bareTrace, disorder, folder, isModelled, laid, newPath, write } from "./support.js";

const half = fc.integer({ min: 0, max: 0xffff_ffff });

/** Accesses of a guest whose clocks step on, jump, and go back. */
const accesses: fc.Arbitrary<Sample[]> = fc.array(
  fc
    .record({
      kind: fc.constantFrom(Kind.guestWrite, Kind.guestRead),
      encoding: fc.constantFrom(0xc080, 0xc100, 0xc513),
      cpu: fc.integer({ min: 0, max: 3 }),
      time: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 1_000_000, max: 1_000_400 }) },
        fc.integer({ min: 0, max: 1_003_000 }),
      ),
      value: fc.option(fc.tuple(half, half), { nil: undefined }),
    })
    .map(({ cpu, ...rest }): Sample => ({ ...rest, pcpu: cpu, vcpu: cpu })),
  { maxLength: 60 },
);

const models = fc.oneof(
  fc.tuple(
    fc.constantFrom("every", "poisson"),
    fc.integer({ min: 20, max: 5000 }),
    fc.integer({ min: 1, max: 4 }),
  ),
);

describe("a trace with exits laid over it", () => {
  it("is the trace itself without them, and closed for every vCPU", async () => {
    await fc.assert(
      fc.asyncProperty(accesses, models, async (samples, [name, length, put]) => {
        const trace = bareTrace(samples);
        const { events, header, path } = await laid(trace, `${name}=${length},put=${put}`);
        expect(events.filter((each) => !isModelled(each))).toEqual(readTrace(trace));
        for (const vcpu of [0, 1, 2, 3]) expect(disorder(events, vcpu)).toBeUndefined();
        const opened = openTrace(path);
        opened.close();
        expect(opened.header).toEqual(header);
        const before = openTrace(trace);
        before.close();
        expect(header.registers).toEqual(before.header.registers);
        expect(header.places).toEqual(before.header.places);
      }),
      { numRuns: 60 },
    );
  });

  it("spends all of its guests' time in them, however often they leave", async () => {
    const trace = bareTrace([write(0, 100), write(1, 7), write(0, 5000), write(1, 907)]);
    for (const model of ["every=1", "every=37", "every=1e6", "poisson=10"]) {
      expect((await laid(trace, model)).header.guestTime.slice(0, 2)).toEqual([4900, 900]);
    }
  });

  it("says what it sees, and what was modelled", async () => {
    const { header } = await laid(bareTrace([write(0, 1)]), "poisson=100", { seed: 9 });
    expect(header).toMatchObject({
      mode: "none",
      source: bareFields.source,
      capabilities: {
        guestWrites: "all",
        guestReads: "filtered",
        entries: "all",
        runs: true,
        loads: true,
        switches: false,
      },
      modelled: [{ part: "exits", model: "poisson=100,put=3", seed: 9, from: null }],
    });
  });

  it("is the same whatever the size of a block", async () => {
    const trace = bareTrace(Array.from({ length: 300 }, (_, at) => write(at % 3, 100 + 11 * at)));
    const [small, large] = await Promise.all(
      [7, 1 << 16].map(async (blockEvents) => laid(trace, "poisson=30", { blockEvents })),
    );
    expect(small.events).toEqual(large.events);
  });

  it("is empty where the trace is", async () => {
    expect((await laid(bareTrace([]), "every=10")).events).toEqual([]);
  });
});

describe("exits are not laid", () => {
  const refused = async (trace: string, model: string): Promise<string> =>
    laid(trace, model).then(
      () => "laid",
      ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
    );

  it("over a trace that has a hypervisor", async () => {
    const message = "unsupported: already shows what its hypervisor did";
    const seen = { ...bareFields.capabilities, loads: true };
    expect(await refused(bareTrace([], { ...bareFields, mode: "vhe" }), "every=10")).toBe(message);
    expect(await refused(bareTrace([], { ...bareFields, capabilities: seen }), "every=10")).toBe(message);
    const { path } = await laid(bareTrace([write(0, 5)]), "every=10");
    expect(await refused(path, "every=10")).toBe("unsupported: already has modelled parts");
  });

  it("over a guest that moves between CPUs", async () => {
    const moves = [write(0, 5), { ...write(0, 6), pcpu: 1 }];
    const message = "unsupported: shows a guest that moves between CPUs";
    expect(await refused(bareTrace(moves), "every=10")).toBe(message);
    expect(await refused(bareTrace([write(0, 5), { ...write(1, 6), pcpu: 0 }]), "every=10")).toBe(message);
  });

  it("in numbers that fill a disk", async () => {
    const trace = bareTrace([write(0, 0), write(0, 2 ** 40)]);
    expect(await refused(trace, "every=2")).toBe(
      "usage: --exits would lay 549755813888 exits over it, and 67108864 are the most",
    );
  });

  it("by a model that there is not", async () => {
    const trace = bareTrace([]);
    for (const model of ["every", "each=5", "every=", "every=0", "every=1.5", "every=-1", "every=5,put=0"]) {
      expect(await refused(trace, model)).toMatch(/^usage: --exits/);
    }
    expect(await refused(trace, "every=1e20")).toMatch(/^usage: --exits: every= takes a whole number from 1/);
  });

  it("when the user says stop: nothing is left", async () => {
    const trace = bareTrace([write(0, 0), write(0, 10_000_000)]);
    const output = newPath();
    const stopped = layExits(trace, output, exitModel("every=100", 1), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
    expect(readdirSync(folder).filter((name) => name === basename(output) || name.includes(".part"))).toEqual(
      [],
    );
  });
});
