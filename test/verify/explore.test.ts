import { describe, expect, it } from "vitest";
import { explore } from "#src/verify/explore.js";
import { signatureOf } from "#src/verify/world.js";
import { worlds, type Mode } from "./support.js";

const one = (words: string): string => `name: mine\ngroups:\n  - registers: [PIR_EL1]\n${words}`;

/** Policies whose worlds are small enough to be explored state by state. */
const cases: readonly (readonly [string, string, Mode, string | undefined])[] = [
  ["a tracked register", one(""), "vhe", undefined],
  ["a tracked register", one(""), "nvhe", undefined],
  ["a host that writes", one("    host: dirty-once\n"), "nvhe", "host-writes"],
  ["a host that starts clean", one("    host: dirty-once\n"), "nvhe", "host-starts-clean"],
  ["unmarked writes", one(""), "vhe", "emulation-unmarked"],
  ["writes to memory", one(""), "vhe", "emulation-memory"],
  ["hardware writes", one(""), "nvhe", "hardware-writes"],
  ["a register that is never brought in", one("    restore: never\n"), "vhe", undefined],
  [
    "use that opens",
    "name: mine\ngroups:\n  - registers: [FPSIMD]\n    trap: first-access\n",
    "vhe",
    undefined,
  ],
];

describe("states that are taken for one", () => {
  it.each(cases)("%s: hide no breach, nor a shorter way to one (%#)", (_, policy, mode, whatIf) => {
    const [world] = worlds(policy, mode, whatIf);
    const short = (found: ReturnType<typeof explore>): unknown =>
      found.findings.map(({ breach, steps }) => `${breach.invariant} ${steps.length}`).toSorted();
    const few = explore(world);
    const all = explore(world, false);
    expect(short(few)).toEqual(short(all));
    expect(few.states).toBeLessThan(all.states);
  });
});

describe("a counterexample", () => {
  it("keeps its names from the first event to the last", () => {
    const [world] = worlds("dirty-pie", "vhe", "marks-written");
    for (const { breach, steps } of explore(world).findings) {
      const loads = steps.filter(({ event }) => event.name === "load").map(({ event }) => event.vcpu);
      for (const { event } of steps) expect([-1, ...loads]).toContain(event.vcpu);
      expect(loads).toContain(breach.vcpu);
    }
  });

  it("says what the rules did: the trap, what it opened and marked, and what was left out", () => {
    const [world] = worlds("dirty-pie", "vhe", "marks-written");
    const found = explore(world).findings.find(({ breach }) => breach.invariant === "memory-right");
    expect(found?.steps[2].actions).toEqual([
      { what: "traps", registers: ["PIR_EL1"] },
      { what: "opens", registers: ["PIR_EL1", "PIRE0_EL1"] },
      { what: "marks", registers: ["PIR_EL1"] },
    ]);
    expect(found?.steps.at(-1)?.actions).toEqual([
      { what: "saves", registers: ["PIR_EL1"] },
      { what: "leaves", registers: ["PIRE0_EL1"] },
    ]);
  });
});

describe("worlds", () => {
  it("take two registers of each two kinds: those that hardware writes, and those that end traps, by themselves", () => {
    const pairs = worlds("tvm", "vhe").map(({ registers }) => registers.map(({ name }) => name).join(" "));
    expect(pairs).toContain("SCTLR_EL1 TTBR0_EL1");
    expect(pairs).toContain("SCTLR_EL1 ESR_EL1");
    expect(pairs).toContain("TTBR0_EL1 ESR_EL1");
  });

  it("are the same where only names differ", () => {
    const [a] = worlds(one(""), "vhe");
    const [b] = worlds(one("").replace("PIR_EL1", "VBAR_EL1"), "vhe");
    const [c] = worlds(one("").replace("PIR_EL1", "TPIDR_EL0"), "vhe");
    expect(signatureOf(a)).toBe(signatureOf(b));
    // Of another class, which has points of its own.
    expect(signatureOf(a)).not.toBe(signatureOf(c));
  });
});
