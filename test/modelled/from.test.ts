import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { noSyndrome, Reason } from "#src/trace/exits.js";
import { Kind } from "#src/trace/kinds.js";
import type { HeaderFields } from "#src/trace/writer.js";
import { fields, writeTrace, type Sample } from "../trace/support.js";
import { bareTrace, disorder, exitTimes, folder, laid, newPath, told, write } from "./support.js";

const clock = { unit: "instructions", perCpu: true };
const recorded: HeaderFields = { ...fields, clock, mode: "vhe" };

function other(samples: readonly Sample[], given: HeaderFields = recorded): string {
  const path = newPath();
  writeTrace(path, samples, {}, given);
  return path;
}

type Words = readonly (readonly [kind: keyof typeof Kind, time: number])[];

const events = (words: Words, vcpu = 0, pcpu = 0): Sample[] =>
  words.map(([kind, time]) => ({ kind: Kind[kind], encoding: 0, pcpu, vcpu, time, value: undefined }));

const trap: Sample = {
  kind: Kind.fastExit,
  encoding: 0xc513,
  pcpu: 0,
  vcpu: 0,
  time: 1007,
  value: [0x6200_0000, 0],
};
const interrupt: Sample = { ...trap, kind: Kind.fullExit, encoding: 0, time: 1030, value: [64, 0x8000_0000] };

/** 7 units and a fast trap, 20 and an interrupt with a put, a load and a run without an entry; 4 and the end. */
const once: Sample[] = [
  ...events([
    ["load", 990],
    ["runStart", 995],
    ["entry", 1000],
  ]),
  trap,
  ...events([["entry", 1010]]),
  interrupt,
  ...events([
    ["runEnd", 1040],
    ["put", 1041],
    ["load", 2000],
    ["runStart", 2001],
    ["runEnd", 2002],
    ["runStart", 2003],
    ["entry", 2005],
    ["fullExit", 2009],
    ["runEnd", 2010],
    ["put", 2011],
  ]),
];

describe("from=OTHER", () => {
  it("repeats what the other's vCPU did, with its reasons", async () => {
    const { events: all, header } = await laid(bareTrace([write(0, 0), write(0, 60)]), `from=${other(once)}`);
    // 7, 20, 4 and again.
    expect(exitTimes(all, 0)).toEqual([7, 27, 31, 38, 58, 60]);
    expect(told(all).slice(0, 16)).toEqual([
      "0 load",
      "0 runStart",
      "0 entry",
      "0 guestWrite",
      "7 fastExit",
      "7 entry",
      "27 fullExit",
      "27 runEnd",
      "27 put",
      "27 load",
      "27 runStart",
      "27 runEnd",
      "27 runStart",
      "27 entry",
      "31 fullExit",
      "31 runEnd",
    ]);
    const exits = all.filter(({ kind }) => kind === Kind.fastExit || kind === Kind.fullExit);
    expect(exits.slice(0, 3)).toMatchObject([
      { encoding: 0xc513, value: [0x6200_0000, 0] },
      { encoding: 0, value: [Reason.irq, noSyndrome >>> 0] },
      { encoding: 0, value: undefined },
    ]);
    expect(disorder(all, 0)).toBeUndefined();
    expect(header).toMatchObject({
      mode: "vhe",
      capabilities: { entries: "all", loads: true, switches: false },
    });
  });

  it("carries the other's lists of registers over, by encoding", async () => {
    const given = {
      ...recorded,
      recorded: { ...recorded.recorded, hostSave: [0xc513], hostRestore: [0xc101] },
    };
    const { header } = await laid(bareTrace([write(0, 0), write(0, 60)]), `from=${other(once, given)}`);
    const encodings = (list: readonly number[]): number[] => list.map((index) => header.registers[index]);
    expect(Object.values(header.recorded).map(encodings)).toEqual([
      [0xc080],
      [0xc080, 0xc100],
      [0xc513],
      [0xc101],
    ]);
  });

  it("gives vCPUs those of the other's, in the order of MPIDR, and again from the first", async () => {
    const two = [
      ...events(
        [
          ["entry", 100],
          ["fullExit", 105],
        ],
        2,
      ),
      ...events(
        [
          ["entry", 100],
          ["fullExit", 103],
        ],
        1,
        1,
      ),
      // Never left: it has nothing to give.
      ...events([["entry", 100]], 0, 2),
    ];
    const bare = bareTrace([0, 1, 2].flatMap((cpu) => [write(cpu, 10), write(cpu, 19)]));
    const { events: all } = await laid(bare, `from=${other(two)}`);
    expect([0, 1, 2].map((vcpu) => exitTimes(all, vcpu))).toEqual([
      [13, 16, 19, 19],
      [15, 19],
      [13, 16, 19, 19],
    ]);
  });

  it("reads a long recording again where it is not kept", async () => {
    const long = Array.from({ length: 70_000 }, (_, at) =>
      events([
        ["entry", 10 * at],
        ["fullExit", 10 * at + 1 + (at % 2)],
      ]),
    ).flat();
    const { events: all } = await laid(bareTrace([write(0, 0), write(0, 105_010)]), `from=${other(long)}`);
    const times = exitTimes(all, 0);
    const again = [1, 3, 4, 6, 7, 9, 10, 10].map((at) => 105_000 + at);
    expect(times.slice(69_999)).toEqual([105_000, ...again]);
  });

  it("has no loads and puts where the other has none, unless it is told how many", async () => {
    const { capabilities } = recorded;
    const blind = other(
      once.filter(({ kind }) => kind !== Kind.load && kind !== Kind.put),
      {
        ...recorded,
        mode: "nvhe",
        capabilities: { ...capabilities, loads: false },
      },
    );
    const bare = bareTrace([write(0, 0), write(0, 60)]);
    const without = await laid(bare, `from=${blind}`);
    expect(without.header.capabilities.loads).toBe(false);
    expect(told(without.events).filter((line) => /load|put/.test(line))).toEqual([]);
    const told2 = await laid(bare, `from=${blind},put=2`);
    expect(told2.header.capabilities.loads).toBe(true);
    expect(told(told2.events).filter((line) => /put/.test(line))).toEqual(["31 put", "60 put"]);
    expect(disorder(told2.events, 0)).toBeUndefined();
  });

  it("names the other without its folder, and its content", async () => {
    const path = other(once);
    const { header } = await laid(bareTrace([write(0, 0)]), `from=${path}`);
    const name = path.slice(folder.length + 1);
    expect(header.modelled).toEqual([
      {
        part: "exits",
        model: `from=${name}`,
        seed: null,
        from: { name, identity: expect.stringMatching(/^\d+-[\da-f]{8}$/) },
      },
    ]);
  });

  it("leaves out what the other does not show whole", async () => {
    const lossy = [
      ...events([["fullExit", 50]]),
      ...events([
        ["entry", 100],
        ["entry", 120],
        ["fullExit", 125],
        ["put", 126],
        ["entry", 130],
      ]),
      ...events([["fullExit", 190]], 0, 1),
    ];
    const { events: all } = await laid(bareTrace([write(0, 0), write(0, 12)]), `from=${other(lossy)}`);
    expect(exitTimes(all, 0)).toEqual([5, 10, 12]);
    expect(disorder(all, 0)).toBeUndefined();
  });

  describe("refuses", () => {
    const bare = bareTrace([write(0, 0), write(0, 60)]);
    const { capabilities } = recorded;
    const cases: readonly (readonly [string, () => string | Promise<string>, RegExp])[] = [
      ["a guest without a hypervisor", () => bare, /holds no guest entries and exits/],
      [
        "another clock",
        () => other(once, { ...recorded, clock: fields.clock }),
        /counts ticks, .* instructions/,
      ],
      [
        "entries that were not seen",
        () => other(once, { ...recorded, capabilities: { ...capabilities, entries: "none" } }),
        /holds no guest entries and exits/,
      ],
      [
        "no time in any guest",
        () =>
          other(
            events([
              ["entry", 5],
              ["fullExit", 5],
            ]),
          ),
        /no vCPU of it spent any time/,
      ],
      ["puts beside its own", () => `${other(once)},put=2`, /has puts of its own/],
      ["modelled exits", async () => (await laid(bare, "every=5")).path, /its own exits are modelled/],
      ["no file", () => join(folder, "none.trl"), /cannot be opened/],
    ];
    it.each(cases)("%s", async (_, file, message) => {
      await expect(laid(bare, `from=${await file()}`)).rejects.toThrow(message);
    });
  });
});
