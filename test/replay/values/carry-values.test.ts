import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { parsePolicy } from "#src/policies/file.js";
import { findPolicy } from "#src/policies/find.js";
import type { PolicyDefinition } from "#src/policies/policy.js";
import { replayValues } from "#src/replay/values/replay-values.js";
import { registerByName } from "#src/registers/lookup.js";
import { Kind } from "#src/trace/kinds.js";
import { createTraceWriter } from "#src/trace/writer.js";
import { temporaryFolder } from "../../cli/program.js";

const folder = temporaryFolder();
const fixture = (name: string): string =>
  new URL(`../../import/tarmac/fixtures/${name}.tarmac.gz`, import.meta.url).pathname;
const trace = (name: string): string => join(folder, `${name}.trl`);
const policy = (text: string): PolicyDefinition => parsePolicy(`name: mine\ngroups:\n${text}`, "mine.yaml");
const plain = ["eager", "dirty-pie", "dirty-each", "adaptive", "tvm", "always-trap", "lazy-debug"];

beforeAll(async () => {
  for (const name of ["vhe", "nvhe", "chatty"]) await importTrace(fixture(name), trace(name));
});

describe("cuts of real recordings", () => {
  it.each(["vhe", "nvhe", "chatty"])("%s: built-in policies keep every value", async (name) => {
    const found = await replayValues(trace(name), plain.map(findPolicy), {});
    for (const { lost, losses, checked } of found.policies) {
      expect(losses).toEqual([]);
      expect(lost).toBe(0);
      expect(checked).toBeGreaterThan(100);
    }
  });

  it("lose a register that exception entry writes, if it is tracked", async () => {
    const flawed = policy("  - registers: [SPSR_EL1]\n  - registers: [ELR_EL1]\n  - registers: [ESR_EL1]\n");
    const lost: string[] = [];
    for (const name of ["vhe", "nvhe", "chatty"]) {
      const { policies } = await replayValues(trace(name), [flawed], {});
      const [{ losses, registers, lost: count }] = policies;
      expect(registers.reduce((sum, each) => sum + each.count, 0)).toBe(count);
      for (const { kind, register, expected, found } of losses) {
        lost.push(`${kind} ${register}`);
        expect(expected).not.toBe(found);
      }
    }
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every((each) => /^lost (?:ELR|SPSR|ESR)_EL1$/.test(each))).toBe(true);
  });
});

/** Steps of vCPU 0 on pCPU 0: what happens, of which register, with which value. */
type Step = readonly [kind: keyof typeof Kind, register?: string | undefined, value?: number];

let written = 0;
function traceOf(steps: readonly Step[], values = true): string {
  const path = trace(`steps-${written++}`);
  const writer = createTraceWriter(path);
  const encoding = (name: string): number => registerByName(name)!.encoding;
  const place = writer.place(0, 0);
  steps.forEach(([kind, register, value], at) => {
    const index = register === undefined ? 0 : writer.register(encoding(register));
    writer.append(Kind[kind], index, place, 10 * (at + 1), value !== undefined, value ?? 0, 0);
  });
  const listed = ["PIR_EL1", "PIRE0_EL1"].map(encoding);
  writer.finish({
    tool: "test",
    source: { format: "synthetic", dialect: "test", name: "steps", bytes: 0, lines: 0 },
    clock: { unit: "ticks", perCpu: false },
    mode: "vhe",
    capabilities: {
      guestWrites: "all",
      guestReads: "all",
      values,
      entries: "all",
      runs: true,
      loads: true,
      switches: true,
      fpUse: "none",
      pauthUse: "none",
    },
    passedOver: {},
    anomalies: {},
    vcpus: [{ vm: 1, mpidr: 0x8000_0000 }],
    pcpus: [0],
    recorded: { guestSave: listed, guestRestore: listed, hostSave: [], hostRestore: [] },
  });
  return path;
}

const marksOne = policy("  - registers: [PIR_EL1, PIRE0_EL1]\n    marks: written\n");
const unmarked = policy("  - registers: [PIR_EL1, PIRE0_EL1]\n    emulation: unmarked\n");
const before: readonly Step[] = [
  ["load"],
  ["restoreGuest", "PIR_EL1", 1],
  ["restoreGuest", "PIRE0_EL1", 1],
  ["runStart"],
  ["entry"],
];
const after: readonly Step[] = [["fullExit"], ["runEnd"], ["put"]];

describe("a loss", () => {
  it("is told at the save point that leaves the value out, by time, vCPU, register, and both values", async () => {
    const path = traceOf([...before, ["guestWrite", "PIR_EL1", 2], ["guestWrite", "PIRE0_EL1", 3], ...after]);
    const { policies } = await replayValues(path, [marksOne], {});
    const value = (digit: number): string => `0x${String(digit).padStart(16, "0")}`;
    expect(policies[0].losses).toEqual([
      {
        kind: "lost",
        time: 100,
        pcpu: 0,
        vcpu: 0,
        register: "PIRE0_EL1",
        expected: value(3),
        found: value(1),
      },
    ]);
  });

  it("is told once, and what follows is a loss of its own", async () => {
    const window: readonly Step[] = [
      ...before.filter(([kind]) => kind !== "restoreGuest"),
      ["guestWrite", "PIR_EL1", 2],
    ];
    const path = traceOf([
      ...before,
      ["guestWrite", "PIR_EL1", 2],
      ["guestWrite", "PIRE0_EL1", 3],
      ...after,
      ...window,
      ...after,
      ...window,
      ["guestWrite", "PIRE0_EL1", 4],
      ...after,
    ]);
    const { policies } = await replayValues(path, [marksOne, findPolicy("dirty-pie")], {}, { keep: 1 });
    expect(policies.map(({ lost, losses }) => [lost, losses.length])).toEqual([
      [2, 1],
      [0, 0],
    ]);
  });

  it("is that of the hypervisor's own write where it marks nothing, and none where it marks", async () => {
    const path = traceOf([...before, ["fullExit"], ["runEnd"], ["hypWrite", "PIR_EL1", 7], ["put"]]);
    const { policies } = await replayValues(path, [unmarked, findPolicy("dirty-pie")], {});
    expect(policies.map(({ lost }) => lost)).toEqual([1, 0]);
  });

  it("is a stale value where memory is changed under a loaded vCPU, when the guest runs again", async () => {
    const path = traceOf([
      ...before,
      ["fullExit"],
      ["runEnd"],
      ["userWrite", "PIR_EL1", 7],
      ["runStart"],
      ["entry"],
    ]);
    const { policies } = await replayValues(path, [findPolicy("eager")], {});
    expect(policies[0].losses).toMatchObject([{ kind: "stale", register: "PIR_EL1", time: 100 }]);
  });

  it("is not looked for where the recorder lost events", async () => {
    const path = traceOf([
      ...before,
      ["guestWrite", "PIR_EL1", 2],
      ["guestWrite", "PIRE0_EL1", 3],
      ["lost", undefined, 5],
      ...after,
    ]);
    const { policies } = await replayValues(path, [marksOne], {});
    expect(policies[0]).toMatchObject({ lost: 0, checked: 2 });
  });

  it("that the recording tells by what was saved counts as a change that nobody saw", async () => {
    const path = traceOf([...before, ...after, ["saveGuest", "PIR_EL1", 9], ["saveGuest", "PIRE0_EL1", 1]]);
    const { policies, unseen } = await replayValues(path, [findPolicy("dirty-pie")], {});
    expect([...unseen]).toEqual([["PIR_EL1", 1]]);
    expect(policies[0].losses).toMatchObject([{ kind: "lost", register: "PIR_EL1", time: 80 }]);
  });
});

it("a recording without values is refused", async () => {
  const path = traceOf([...before, ...after], false);
  await expect(replayValues(path, [findPolicy("eager")], {})).rejects.toThrow("no values of registers");
});
