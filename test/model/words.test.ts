import { describe, expect, it } from "vitest";
import { findPolicy } from "#src/policies/find.js";
import {
  configOf,
  counts,
  emulatedRead,
  emulatedWrite,
  entry,
  fastExit,
  fullExit,
  group,
  hypWrite,
  interpret,
  load,
  policyOf,
  put,
  read,
  restoreGuest,
  run,
  runEnd,
  runStart,
  userWrite,
  write,
} from "./dsl.js";

const vhe = configOf("vhe", "PIR_EL1", "PIRE0_EL1");
const nvhe = configOf("nvhe", "PIR_EL1", "PIRE0_EL1");
const both = "PIR_EL1 PIRE0_EL1";
const pir = "guest 0 PIR_EL1";

describe("trap", () => {
  it("nothing: no trap, whatever else is said", () => {
    const policy = policyOf(group(both, { trap: "nothing", save: "always" }));
    const found = interpret(vhe, policy, load(0), write(0, "PIR_EL1"), read(0, "PIR_EL1"), put(0));
    expect(found[pir]).toEqual(counts(0, 1, 0, 1));
  });

  it("first-access: a read traps and opens as well", () => {
    const policy = policyOf(group(both, { trap: "first-access" }));
    const found = interpret(vhe, policy, [load(0), read(0, "PIRE0_EL1"), write(0, "PIR_EL1"), put(0)]);
    expect(found[pir]).toEqual(counts(0, 1, 0, 1));
    expect(found["guest 0 PIRE0_EL1"]).toEqual(counts(1, 1, 0, 1));
  });

  it("every-write: each write traps, no read does, and nothing opens", () => {
    const policy = policyOf(group(both, { trap: "every-write", onTrap: "emulate", save: "always" }));
    const steps = [load(0), write(0, "PIR_EL1"), read(0, "PIR_EL1"), write(0, "PIR_EL1"), put(0)];
    expect(interpret(vhe, policy, ...steps)[pir]).toEqual(counts(2, 1, 0, 1));
  });

  it("every-write: the register needs no save where the hypervisor made each write", () => {
    const policy = policyOf(group(both, { trap: "every-write", onTrap: "emulate", save: "never" }));
    expect(interpret(vhe, policy, load(0), write(0, "PIR_EL1"), put(0))[pir]).toEqual(counts(1, 0, 1, 1));
  });

  it("undefined: each access traps, nothing is saved or restored", () => {
    const policy = findPolicy("hidden").build(nvhe);
    const found = interpret(nvhe, policy, run(0, write(0, "PIR_EL1"), read(0, "PIR_EL1")));
    expect(found[pir]).toEqual(counts(2, 0, 1, 0));
    expect(found["host 0 PIR_EL1"]).toEqual(counts(0, 0, 1, 0));
  });

  it("accesses that the recorded hypervisor made itself count where they would trap again", () => {
    const steps = [load(0), emulatedWrite(0, "PIR_EL1"), emulatedRead(0, "PIR_EL1"), put(0)];
    const words = { onTrap: "emulate", save: "always" } as const;
    const traps = (trap: "every-write" | "undefined"): number =>
      interpret(vhe, policyOf(group(both, { ...words, trap })), ...steps)[pir].traps;
    expect(traps("every-write")).toBe(1);
    expect(traps("undefined")).toBe(2);
    const full = policyOf(group(both, { path: "full" }));
    expect(interpret(vhe, full, ...steps)[pir]).toEqual(counts(1, 1, 0, 1));
  });
});

describe("save", () => {
  it("always: a trap changes nothing about it", () => {
    const policy = policyOf(group(both, { save: "always" }));
    expect(interpret(vhe, policy, load(0), put(0), load(0), put(0))[pir]).toEqual(counts(0, 2, 0, 2));
  });

  it("dirty once: what is open but was saved already is not saved again", () => {
    const policy = policyOf(group(both, { arm: "load" }));
    const found = interpret(nvhe, policy, load(0), run(0, write(0, "PIR_EL1")), run(0));
    expect(found[pir]).toEqual(counts(1, 1, 1, 2));
  });

  it("open: saved again and again until the group is armed", () => {
    const policy = policyOf(group(both, { save: "open", arm: "load" }));
    const window = [load(0), ...run(0), ...run(0, write(0, "PIR_EL1")), ...run(0), put(0)];
    expect(interpret(nvhe, policy, window, load(0), run(0))[pir]).toEqual(counts(1, 2, 2, 4));
  });

  it("never", () => {
    const policy = policyOf(group(both, { save: "never" }));
    expect(interpret(vhe, policy, load(0), write(0, "PIR_EL1"), put(0))[pir]).toEqual(counts(1, 0, 1, 1));
  });
});

describe("restore", () => {
  it("never", () => {
    const policy = policyOf(group(both, { restore: "never" }));
    expect(interpret(vhe, policy, load(0), put(0), load(0))[pir]).toEqual(counts(0, 0, 1, 0));
  });

  it("open: only what the guest has touched since it was armed", () => {
    const policy = policyOf(group(both, { save: "open", restore: "open", arm: "load" }));
    const found = interpret(nvhe, policy, load(0), run(0, write(0, "PIR_EL1")), run(0), load(0), run(0));
    expect(found[pir]).toEqual(counts(1, 2, 1, 1));
  });

  const foreign = policyOf(group(both, { restore: "foreign" }));

  it("foreign: not where the vCPU was the last on its pCPU", () => {
    expect(interpret(vhe, foreign, load(0), put(0), load(0), put(0))[pir]).toEqual(counts(0, 0, 2, 1));
  });

  it("foreign: after another vCPU, and after the vCPU was elsewhere", () => {
    const between = [load(0), put(0), load(1), put(1), load(0), put(0)];
    expect(interpret(vhe, foreign, ...between)[pir].restores).toBe(2);
    const away = [load(0, 0), put(0, 0), load(0, 1), put(0, 1), load(0, 0), put(0, 0)];
    expect(interpret(vhe, foreign, ...away)[pir].restores).toBe(3);
  });

  it("foreign: always where the host uses the same registers", () => {
    expect(interpret(nvhe, foreign, run(0), run(0))[pir].restores).toBe(2);
    const ofHost = configOf("vhe", "TPIDR_EL0", "ELR_EL2", "FPSIMD");
    const policy = policyOf(
      ...["TPIDR_EL0", "ELR_EL2", "FPSIMD"].map((name) => group(name, { restore: "foreign" })),
    );
    const found = interpret(ofHost, policy, [load(0), ...run(0), put(0)], [load(0), ...run(0), put(0)]);
    expect(found["guest 0 TPIDR_EL0"].restores).toBe(2);
    expect(found["guest 0 ELR_EL2"].restores).toBe(2);
    expect(found["guest 0 FPSIMD"].restores).toBe(2);
  });
});

describe("arm", () => {
  const window = [load(0), ...run(0, write(0, "PIR_EL1")), ...run(0, write(0, "PIR_EL1")), put(0)];

  it("load: on VHE as the arming point of EL1 state", () => {
    expect(interpret(vhe, policyOf(group(both, { arm: "load" })), window, window)[pir].traps).toBe(2);
  });

  it("run: more often than the save points of VHE", () => {
    expect(interpret(vhe, policyOf(group(both, { arm: "run" })), window)[pir]).toEqual(counts(2, 1, 0, 1));
  });

  it("after-save: armed by a save that saved, and by nothing else", () => {
    const policy = policyOf(group(both, { arm: "after-save" }));
    const steps = [
      load(0),
      write(0, "PIR_EL1"),
      load(0),
      write(0, "PIR_EL1"),
      put(0),
      write(0, "PIR_EL1"),
      put(0),
    ];
    expect(interpret(vhe, policy, ...steps)[pir]).toEqual(counts(2, 2, 0, 2));
  });

  it("after-save: not by a save point that elided", () => {
    const policy = policyOf(group(both, { arm: "after-save", save: "never" }));
    const steps = [load(0), write(0, "PIR_EL1"), put(0), load(0), write(0, "PIR_EL1"), put(0)];
    expect(interpret(vhe, policy, ...steps)[pir].traps).toBe(1);
  });

  describe("until-caches-on", () => {
    const config = configOf("vhe", "SCTLR_EL1", "TTBR0_EL1", "PIR_EL1");
    const words = { trap: "every-write", onTrap: "emulate", save: "always", path: "full" } as const;
    const tvm = policyOf(group("SCTLR_EL1 TTBR0_EL1", { ...words, arm: "until-caches-on" }));
    const traps = (...steps: readonly ReturnType<typeof load>[]): number =>
      interpret(config, tvm, ...steps, write(0, "TTBR0_EL1"))["guest 0 TTBR0_EL1"]?.traps ?? 0;

    it("the write that turns both on is the last that traps", () => {
      const found = interpret(config, tvm, [
        load(0),
        write(0, "TTBR0_EL1"),
        write(0, "SCTLR_EL1", 0b101),
        write(0, "SCTLR_EL1", 0),
        write(0, "TTBR0_EL1"),
        put(0),
        load(0),
        write(0, "TTBR0_EL1"),
      ]);
      expect(found["guest 0 SCTLR_EL1"].traps).toBe(1);
      expect(found["guest 0 TTBR0_EL1"].traps).toBe(1);
    });

    it("neither MMU nor caches alone are enough, nor a value of another register, nor a write without a value", () => {
      expect(traps(write(0, "SCTLR_EL1", 0b001), write(0, "SCTLR_EL1", 0b100))).toBe(1);
      expect(traps(write(0, "PIR_EL1", 0b101))).toBe(1);
      expect(traps(write(0, "SCTLR_EL1"))).toBe(1);
      expect(traps(userWrite(0, "SCTLR_EL1", 0b101))).toBe(1);
    });

    it("a restore shows what a guest that was recorded later had already set, and so does EL2's write", () => {
      expect(traps(restoreGuest(0, "SCTLR_EL1", 0x30d0_198d))).toBe(0);
      expect(traps(hypWrite(0, "SCTLR_EL1", 0x30d0_198d))).toBe(0);
    });

    it("holds for the vCPU whose caches they are", () => {
      expect(traps(write(1, "SCTLR_EL1", 0b101))).toBe(1);
    });
  });
});

describe("classes beside sysreg-sr", () => {
  it("the keys are switched at every entry and exit once the guest has used them, until put", () => {
    const config = configOf("vhe", "APIAKEYLO_EL1");
    const policy = policyOf(
      group("APIAKEYLO_EL1", { trap: "first-access", save: "open", restore: "open", arm: "load" }),
    );
    const window = [
      load(0),
      ...run(0),
      ...run(0, read(0, "APIAKEYLO_EL1"), fastExit(0), entry(0)),
      ...run(0),
      put(0),
    ];
    const found = interpret(config, policy, window, load(0), run(0));
    expect(found["guest 0 APIAKEYLO_EL1"]).toEqual(counts(1, 3, 2, 2));
    expect(found["host 0 APIAKEYLO_EL1"]).toEqual(counts(0, 2, 0, 5));
  });

  it("lazy-fp: the first use after a load traps, put saves, and load brings nothing in", () => {
    const config = configOf("nvhe", "FPSIMD");
    const policy = findPolicy("lazy-fp").build(config);
    const used = [load(0), ...run(0, read(0, "FPSIMD"), read(0, "FPSIMD")), ...run(0), put(0)];
    const found = interpret(config, policy, used, load(0), run(0), put(0));
    expect(found).toEqual({ "guest 0 FPSIMD": counts(1, 1, 1, 0) });
  });

  it("lazy-debug: a write exits in full, the set is saved at the end of that run and brought in at the next", () => {
    const config = configOf("vhe", "DBGBVR0_EL1", "MDCCINT_EL1");
    const policy = findPolicy("lazy-debug").build(config);
    const found = interpret(config, policy, load(0), run(0), run(0, write(0, "DBGBVR0_EL1")), run(0), run(0));
    expect(found["guest 0 DBGBVR0_EL1"]).toEqual(counts(1, 1, 3, 1));
    expect(found["guest 0 MDCCINT_EL1"]).toEqual(counts(0, 1, 3, 1));
  });

  it("a guest register that nobody switches traps without ever being saved", () => {
    const policy = policyOf(group("PMCR_EL0", { trap: "every-write", onTrap: "emulate", save: "always" }));
    const steps = [load(0), runStart(0), write(0, "PMCR_EL0"), fullExit(0), runEnd(0), put(0)];
    expect(interpret(vhe, policy, ...steps)["guest 0 PMCR_EL0"]).toEqual(counts(1, 0, 0, 0));
  });
});
