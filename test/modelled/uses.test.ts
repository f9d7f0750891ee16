import { describe, expect, it } from "vitest";
import { layUses } from "#src/modelled/lay-uses.js";
import { useModel } from "#src/modelled/uses.js";
import { keyRegisters } from "#src/registers/table-keys.js";
import { Kind, kindName } from "#src/trace/kinds.js";
import type { HeaderFields } from "#src/trace/writer.js";
import { fields, readTrace, writeTrace, type Sample } from "../trace/support.js";
import { laid, bareTrace, newPath, write } from "./support.js";

const [key] = keyRegisters;

const at = (kind: number, time: number, vcpu = 0): Sample => {
  return { kind, encoding: 0, pcpu: vcpu, vcpu, time, value: undefined };
};

/** A host of two vCPUs: 0 is loaded three times, with two entries, none and one; 1 is entered before any load. */
const samples: readonly Sample[] = [
  at(Kind.entry, 1, 1),
  at(Kind.load, 1),
  at(Kind.runStart, 2),
  at(Kind.entry, 3),
  at(Kind.fastExit, 4),
  at(Kind.entry, 5),
  at(Kind.fullExit, 6),
  at(Kind.runEnd, 7),
  at(Kind.put, 8),
  at(Kind.load, 9),
  at(Kind.put, 10),
  at(Kind.load, 11),
  at(Kind.runStart, 12),
  at(Kind.entry, 13),
  at(Kind.fullExit, 14),
  at(Kind.runEnd, 15),
  at(Kind.put, 16),
];
const recorded: HeaderFields = { ...fields, pcpus: [0, 1], vcpus: [0, 1].map((mpidr) => ({ vm: 1, mpidr })) };

function trace(events: readonly Sample[] = samples, given: HeaderFields = recorded): string {
  const path = newPath();
  writeTrace(path, events, {}, given);
  return path;
}

async function usesOf(model: string, path = trace()): Promise<string[]> {
  const output = newPath();
  await layUses(path, output, useModel(model));
  return readTrace(output)
    .filter(({ kind }) => kind === Kind.guestRead)
    .map(({ time, vcpu, encoding }) => `${time} vcpu ${vcpu}${encoding === key.encoding ? "" : " other"}`);
}

describe("useModel", () => {
  it("says in full what was asked for", () => {
    expect(useModel("pauth=load")).toEqual({ text: "pauth=load", after: Kind.load, every: 1 });
    expect(useModel("pauth=load,every=1").text).toBe("pauth=load");
    expect(useModel("pauth=run,every=1e2")).toEqual({
      text: "pauth=run,every=100",
      after: Kind.runStart,
      every: 100,
    });
  });

  it.each([
    "",
    "pauth",
    "pauth=",
    "pauth=entry",
    "fp=load",
    "pauth=load,put=3",
    "pauth=load,every=2,every=3",
  ])("refuses %j, and says what there is", (text) => {
    expect(() => useModel(text)).toThrow(/--uses takes pauth=load, pauth=run, and ,every=N, not "/);
  });

  it.each(["0", "x", "1.5", ""])("refuses every=%s", (count) => {
    expect(() => useModel(`pauth=load,every=${count}`)).toThrow(/--uses: every= takes a whole number from 1/);
  });
});

describe("layUses", () => {
  it("lays a use at the first entry of each load, and of a vCPU that was loaded before", async () => {
    expect(await usesOf("pauth=load")).toEqual(["1 vcpu 1", "3 vcpu 0", "13 vcpu 0"]);
  });

  it("of each so many loads, at the last", async () => {
    expect(await usesOf("pauth=load,every=3")).toEqual(["13 vcpu 0"]);
    // The second load was put before any entry.
    expect(await usesOf("pauth=load,every=2")).toEqual([]);
  });

  it("or at the first entry of each run", async () => {
    expect(await usesOf("pauth=run")).toEqual(["1 vcpu 1", "3 vcpu 0", "13 vcpu 0"]);
    expect(await usesOf("pauth=run,every=2")).toEqual(["13 vcpu 0"]);
  });

  it("leaves all else as it was, and says what is modelled", async () => {
    const output = newPath();
    const header = await layUses(trace(), output, useModel("pauth=load"));
    const events = readTrace(output);
    expect(events.filter(({ kind }) => kind !== Kind.guestRead)).toEqual(readTrace(trace()));
    expect(events.slice(0, 2).map(({ kind }) => kindName(kind))).toEqual(["entry", "guestRead"]);
    expect(header.capabilities).toEqual({ ...recorded.capabilities, pauthUse: "modelled" });
    expect(header.modelled).toEqual([{ part: "uses", model: "pauth=load", seed: null, from: null }]);
  });

  it("is laid over modelled exits as over others, and both are said", async () => {
    const { path } = await laid(bareTrace([write(0, 0), write(0, 25)]), "every=10,put=1");
    const output = newPath();
    const header = await layUses(path, output, useModel("pauth=load"));
    expect(header.modelled?.map(({ part, model }) => `${part} ${model}`)).toEqual([
      "exits every=10,put=1",
      "uses pauth=load",
    ]);
    expect(readTrace(output).filter(({ kind }) => kind === Kind.guestRead)).toHaveLength(3);
  });

  it("leaves a guest's own accesses to keys where they are, where nothing trapped them", async () => {
    const own = { ...at(Kind.guestWrite, 14, 0), encoding: key.encoding };
    const events = [...samples.slice(0, 14), own, ...samples.slice(14)];
    expect(await usesOf("pauth=load", trace(events))).toEqual(["1 vcpu 1", "3 vcpu 0", "13 vcpu 0"]);
    const output = newPath();
    await layUses(trace(events), output, useModel("pauth=load"));
    expect(readTrace(output).filter(({ kind }) => kind === Kind.guestWrite)).toHaveLength(1);
  });

  it("refuses what shows such use itself, and what does not show where it would be", async () => {
    const lacking = (given: Partial<HeaderFields["capabilities"]>): string =>
      trace(samples, { ...recorded, capabilities: { ...recorded.capabilities, ...given } });
    const used = (kind: number): Sample[] => [at(Kind.load, 0), { ...at(kind, 1), encoding: key.encoding }];
    const trapping = {
      ...recorded,
      capabilities: { ...recorded.capabilities, pauthUse: "trapped" },
    } as const;
    // EC 0x09: a trapped instruction.
    const trapped: Sample = { ...at(Kind.fullExit, 20), value: [0x09 << 26, 0] };
    const cases: readonly (readonly [string, string, RegExp])[] = [
      [
        trace(used(Kind.guestWrite), trapping),
        "pauth=load",
        /shows its guest's use of pointer authentication/,
      ],
      [trace(used(Kind.emulatedWrite)), "pauth=load", /shows its guest's use of pointer authentication/],
      [trace([...samples, trapped]), "pauth=load", /shows its guest's use of pointer authentication/],
      [lacking({ entries: "full-only" }), "pauth=load", /does not show all guest entries/],
      [lacking({ loads: false }), "pauth=load", /does not show vcpu_load/],
      [lacking({ runs: false }), "pauth=run", /does not show runs/],
    ];
    for (const [path, model, message] of cases) {
      await expect(layUses(path, newPath(), useModel(model))).rejects.toThrow(message);
    }
    const once = newPath();
    await layUses(trace(), once, useModel("pauth=load"));
    await expect(layUses(once, newPath(), useModel("pauth=run"))).rejects.toThrow(
      /already has modelled uses/,
    );
  });
});
