import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { makeVerifyResult, verifyMarkdown } from "#src/report/verify.js";
import { shortestOf } from "#src/verify/shortest.js";
import { verify, type Verified } from "#src/verify/verify.js";
import { whatIfs } from "#src/verify/what-if.js";
import { repository } from "../cli/program.js";
import { policyNamed, verdictOf, verified, type Mode } from "./support.js";

let rows: readonly Verified[] = [];
beforeAll(async () => {
  rows = await verify({
    policies: [policyNamed("dirty-pie"), policyNamed("eager")],
    modes: ["vhe", "nvhe"],
    kernels: ["6.8"],
    nestings: ["none"],
    features: ["S1PIE"],
    whatIfs,
  });
}, 300_000);

/** A row of those, on kernel 6.8. */
function asked(policy: string, mode: Mode, whatIf?: string): Verified {
  const found = rows.find((row) => row.policy === policy && row.mode === mode && row.whatIf?.name === whatIf);
  if (found === undefined) throw new Error(`${whatIf} says nothing of ${policy}`);
  return found;
}

it("the page shows these rows", () => {
  const page = readFileSync(join(repository, "docs/verify.md"), "utf8");
  expect(page).toContain(verifyMarkdown(makeVerifyResult(rows, "test", null)));
});

/** The patch, its variants and its worlds, each line with what was found of it by hand. */
describe("dirty-pie, the patch", () => {
  it("is sound on VHE", () => {
    const row = asked("dirty-pie", "vhe");
    expect(verdictOf(row)).toBe("sound");
    expect(row.worlds.find(({ world }) => world.name === "PIE")?.exploration.states).toBeGreaterThan(1000);
  });

  it("is sound on nVHE as long as the host does not write after its first save", () => {
    expect(verdictOf(asked("dirty-pie", "nvhe"))).toBe("sound");
  });

  it("loses a host's write after the first save on nVHE, in fewer events than load, enter, exit, write, enter, exit", () => {
    const row = asked("dirty-pie", "nvhe", "host-writes");
    expect(verdictOf(row)).toBe(
      "host-reads: load vcpu0, idle-run vcpu0, host-write pcpu0 PIR_EL1, idle-run vcpu0",
    );
  });

  it("on VHE has no host whose writes could be lost", () => {
    expect(verdictOf(asked("dirty-pie", "vhe", "host-writes"))).toBe("sound");
  });

  it("gives the host zeros where its context does not start dirty", () => {
    const row = asked("dirty-pie", "nvhe", "host-starts-clean");
    expect(verdictOf(row)).toBe("host-reads: load vcpu0, idle-run vcpu0");
    expect(shortestOf(row)?.finding.breach).toMatchObject({ expected: 1, found: 0 });
  });

  it("runs the guest with a stale value where the hypervisor writes the memory copy of a loaded vCPU on VHE", () => {
    expect(verdictOf(asked("dirty-pie", "vhe", "emulation-memory"))).toBe(
      "guest-reads: load vcpu0, emulate vcpu0 PIR_EL1, enter vcpu0",
    );
  });

  it("loses the hypervisor's write at put where that does not mark the register", () => {
    expect(verdictOf(asked("dirty-pie", "vhe", "emulation-unmarked"))).toBe(
      "memory-right: load vcpu0, emulate vcpu0 PIR_EL1, put vcpu0",
    );
  });

  it("is sound on nVHE where the hypervisor writes memory", () => {
    expect(verdictOf(asked("dirty-pie", "nvhe", "emulation-memory"))).toBe("sound");
    expect(verdictOf(asked("dirty-pie", "nvhe", "emulation-unmarked"))).toBe("sound");
  });

  it("loses what hardware writes", () => {
    expect(verdictOf(asked("dirty-pie", "vhe", "hardware-writes"))).toBe(
      "memory-right: load vcpu0, enter vcpu0, hardware-write vcpu0 PIR_EL1, exit vcpu0, put vcpu0",
    );
    expect(verdictOf(asked("dirty-pie", "nvhe", "hardware-writes"))).toMatch(
      /^guest-reads: load vcpu0, enter vcpu0, hardware-write vcpu0 PIR_EL1, exit vcpu0, enter vcpu0$/,
    );
  });

  it("loses the other register's write where a trap opens the pair and marks one", () => {
    const row = asked("dirty-pie", "vhe", "marks-written");
    expect(verdictOf(row)).toBe(
      "memory-right: load vcpu0, enter vcpu0, write vcpu0 PIR_EL1, write vcpu0 PIRE0_EL1, exit vcpu0, put vcpu0",
    );
    // Open and not dirty is broken as soon as the first write trapped.
    const [first] = row.worlds.flatMap(({ exploration }) => exploration.findings);
    expect(first.breach.invariant).toBe("open-is-dirty");
    expect(first.steps.map(({ event }) => event.name)).toEqual(["load", "enter", "write"]);
  });

  it.each(["each-written", "opens-written"])("is sound where a trap %s", (whatIf) => {
    expect(verdictOf(asked("dirty-pie", "vhe", whatIf))).toBe("sound");
    expect(verdictOf(asked("dirty-pie", "nvhe", whatIf))).toBe("sound");
  });

  it("hangs the guest where its handler claims a trap of another cause", () => {
    expect(verdictOf(asked("dirty-pie", "vhe", "claims-any"))).toBe(
      "guest-goes-on: load vcpu0, enter vcpu0, other-trap vcpu0 PIR_EL1",
    );
  });
});

describe("eager", () => {
  it("is sound in both modes, whoever writes", () => {
    for (const mode of ["vhe", "nvhe"] as const) {
      for (const whatIf of [undefined, "host-writes", "hardware-writes"]) {
        expect(verdictOf(asked("eager", mode, whatIf))).toBe("sound");
      }
    }
  });

  it("overwrites the hypervisor's write to memory at put on VHE", () => {
    const row = asked("eager", "vhe", "emulation-memory");
    const lost = row.worlds
      .flatMap(({ exploration }) => exploration.findings)
      .find(({ breach }) => breach.invariant === "memory-right");
    expect(lost?.steps.map(({ event }) => event.name)).toEqual(["load", "emulate", "put"]);
    expect(verdictOf(asked("eager", "nvhe", "emulation-memory"))).toBe("sound");
  });
});

describe("a policy file", () => {
  const claims = "name: mine\ngroups:\n  - registers: [PIR_EL1, PIRE0_EL1]\n    claims: any\n";

  it("is safe with a handler that claims every trap until a guest hypervisor sets traps of its own", async () => {
    expect(verdictOf(await verified(claims, "vhe"))).toBe("sound");
    expect(verdictOf(await verified(claims, "vhe", undefined, "l2"))).toContain("guest-goes-on");
    expect(verdictOf(await verified(claims, "vhe", undefined, "l2-nv2"))).toContain("guest-goes-on");
  });

  it("that tracks a register which exception entry writes loses it", async () => {
    const row = await verified("name: mine\ngroups:\n  - registers: [ELR_EL1]\n", "vhe");
    expect(verdictOf(row)).toBe(
      "memory-right: load vcpu0, enter vcpu0, hardware-write vcpu0 ELR_EL1, exit vcpu0, put vcpu0",
    );
    expect(row.refused).toContain("ELR_EL1 changes without a write that traps");
  });

  it("that arms once a load what is saved at each run loses the second run's write", async () => {
    const row = await verified("name: mine\ngroups:\n  - registers: [MDSCR_EL1]\n    arm: load\n", "vhe");
    expect(verdictOf(row)).toMatch(/^(?:guest-reads|memory-right): /);
    expect(row.worlds.flatMap(({ exploration }) => exploration.findings)[0].breach.invariant).toBe(
      "open-is-dirty",
    );
  });

  it("that never restores what a guest reads without a trap shows it another's value", async () => {
    const row = await verified("name: mine\ngroups:\n  - registers: [PIR_EL1]\n    restore: never\n", "vhe");
    expect(verdictOf(row)).toBe("guest-reads: load vcpu0, enter vcpu0");
  });

  it("that restores only what is foreign is sound", async () => {
    const text = "name: mine\ngroups:\n  - registers: [PIR_EL1]\n    restore: foreign\n    save: always\n";
    expect(verdictOf(await verified(`${text}    trap: nothing\n`, "nvhe"))).toBe("sound");
  });
});
