import { describe, expect, it } from "vitest";
import {
  configOf,
  counts,
  emulatedWrite,
  entry,
  fastExit,
  fullExit,
  group,
  interpret,
  load,
  policyOf,
  put,
  read,
  run,
  runEnd,
  runStart,
  write,
} from "./dsl.js";

const pie = policyOf(group("PIR_EL1 PIRE0_EL1"));
const eager = policyOf();
const vhe = configOf("vhe", "PIR_EL1", "PIRE0_EL1", "TPIDR_EL0", "MDSCR_EL1");
const nvhe = configOf("nvhe", "PIR_EL1", "PIRE0_EL1", "TPIDR_EL0", "MDSCR_EL1");

describe("without groups", () => {
  it("every save point saves and every restore point restores, whatever the guest does", () => {
    const steps = [load(0), run(0, write(0, "PIR_EL1")), run(0), put(0), load(0)];
    expect(interpret(vhe, eager, ...steps)).toEqual({
      "guest 0 PIR_EL1": counts(0, 1, 0, 2),
      "guest 0 PIRE0_EL1": counts(0, 1, 0, 2),
      "guest 0 TPIDR_EL0": counts(0, 1, 0, 2),
      "guest 0 MDSCR_EL1": counts(0, 2, 0, 2),
      "host 0 TPIDR_EL0": counts(0, 2, 0, 1),
      "host 0 MDSCR_EL1": counts(0, 2, 0, 2),
    });
  });

  it("nVHE switches guest and host around each run, also one that never enters the guest", () => {
    const found = interpret(nvhe, eager, load(0), run(0), [runStart(0), runEnd(0)], put(0));
    expect(found["guest 0 PIR_EL1"]).toEqual(counts(0, 2, 0, 2));
    expect(found["host 0 PIR_EL1"]).toEqual(counts(0, 2, 0, 2));
  });

  it("a fast exit is no save point", () => {
    const steps = [runStart(0), entry(0), fastExit(0), entry(0), fullExit(0), runEnd(0)];
    expect(interpret(nvhe, eager, ...steps)["guest 0 PIR_EL1"]).toEqual(counts(0, 1, 0, 1));
  });
});

describe("rule 1: an arming point arms every trapped group", () => {
  it("at each load on VHE", () => {
    const window = [load(0), run(0, write(0, "PIR_EL1")), put(0)];
    expect(interpret(vhe, pie, window, window)["guest 0 PIR_EL1"]).toEqual(counts(2, 2, 0, 2));
  });

  it("not at each run on VHE", () => {
    const steps = [load(0), run(0, write(0, "PIR_EL1")), run(0, write(0, "PIR_EL1")), put(0)];
    expect(interpret(vhe, pie, ...steps)["guest 0 PIR_EL1"]).toEqual(counts(1, 1, 0, 1));
  });

  it("at each run on nVHE", () => {
    const steps = [load(0), run(0, write(0, "PIR_EL1")), run(0, write(0, "PIR_EL1")), put(0)];
    expect(interpret(nvhe, pie, ...steps)["guest 0 PIR_EL1"]).toEqual(counts(2, 2, 0, 2));
  });

  it("a context begins armed: a recording may begin inside a window", () => {
    expect(interpret(vhe, pie, write(0, "PIR_EL1"), put(0))["guest 0 PIR_EL1"]).toEqual(counts(1, 1, 0, 0));
  });
});

describe("rule 2: the first write traps, opens the group and makes all of it dirty", () => {
  it("counts the trap for the register that was written", () => {
    const found = interpret(vhe, pie, load(0), write(0, "PIRE0_EL1"), write(0, "PIR_EL1"), put(0));
    expect(found["guest 0 PIRE0_EL1"]).toEqual(counts(1, 1, 0, 1));
    expect(found["guest 0 PIR_EL1"]).toEqual(counts(0, 1, 0, 1));
  });

  it("holds for TCR_EL1 and TCR2_EL1, which share a trap bit", () => {
    const config = configOf("nvhe", "TCR_EL1", "TCR2_EL1");
    const found = interpret(
      config,
      policyOf(group("TCR_EL1 TCR2_EL1")),
      run(0, write(0, "TCR2_EL1")),
      run(0),
    );
    expect(found["guest 0 TCR_EL1"]).toEqual(counts(0, 1, 1, 2));
    expect(found["guest 0 TCR2_EL1"]).toEqual(counts(1, 1, 1, 2));
  });

  it("holds for a group of several classes that are saved at one point", () => {
    const found = interpret(
      vhe,
      policyOf(group("PIR_EL1 TPIDR_EL0", { host: "dirty-once" })),
      [load(0), write(0, "PIR_EL1"), put(0)],
      [load(0), write(0, "TPIDR_EL0"), put(0)],
      [load(0), put(0)],
    );
    expect(found["guest 0 PIR_EL1"]).toEqual(counts(1, 2, 1, 3));
    expect(found["guest 0 TPIDR_EL0"]).toEqual(counts(1, 2, 1, 3));
    expect(found["host 0 TPIDR_EL0"]).toEqual(counts(0, 1, 2, 3));
  });

  it("a read does not trap, nor does a register of no group", () => {
    const found = interpret(vhe, pie, load(0), read(0, "PIR_EL1"), write(0, "TPIDR_EL0"), put(0));
    expect(found["guest 0 PIR_EL1"]).toEqual(counts(0, 0, 1, 1));
    expect(found["guest 0 TPIDR_EL0"]).toEqual(counts(0, 1, 0, 1));
  });

  it("a write that the recorded hypervisor made itself never retired, so it does not count here", () => {
    const found = interpret(vhe, pie, load(0), emulatedWrite(0, "PIR_EL1"), put(0));
    expect(found["guest 0 PIR_EL1"]).toEqual(counts(0, 0, 1, 1));
  });
});

describe("rule 3: while a group is open a write does nothing", () => {
  it("also after other writes and exits of the window", () => {
    const writes = [write(0, "PIR_EL1"), fastExit(0), entry(0), write(0, "PIR_EL1"), write(0, "PIRE0_EL1")];
    const found = interpret(vhe, pie, load(0), run(0, ...writes), put(0));
    expect(found["guest 0 PIR_EL1"]).toEqual(counts(1, 1, 0, 1));
    expect(found["guest 0 PIRE0_EL1"]).toEqual(counts(0, 1, 0, 1));
  });
});

describe("rule 4: a save point saves what is dirty, and cleans it", () => {
  it("elides the rest", () => {
    const steps = [load(0), put(0), load(0), write(0, "PIR_EL1"), put(0), load(0), put(0)];
    expect(interpret(vhe, pie, ...steps)["guest 0 PIR_EL1"]).toEqual(counts(1, 1, 2, 3));
  });

  it("saves only the class that the point is of", () => {
    const common = configOf("vhe", "MDSCR_EL1", "PIR_EL1");
    const found = interpret(common, policyOf(group("MDSCR_EL1"), group("PIR_EL1")), [
      load(0),
      ...run(0, write(0, "MDSCR_EL1"), write(0, "PIR_EL1")),
      ...run(0),
    ]);
    expect(found["guest 0 MDSCR_EL1"]).toEqual(counts(1, 1, 1, 2));
    expect(found["guest 0 PIR_EL1"]).toEqual(counts(1, 0, 0, 1));
  });

  it("what is open stays open after a save that no arming point follows", () => {
    const found = interpret(vhe, pie, [load(0), write(0, "PIR_EL1"), put(0), write(0, "PIR_EL1"), put(0)]);
    expect(found["guest 0 PIR_EL1"]).toEqual(counts(1, 1, 1, 1));
  });
});

describe("rule 5: a restore point restores every register", () => {
  it("dirty or not", () => {
    const found = interpret(nvhe, pie, run(0, write(0, "PIR_EL1")), run(0));
    expect(found["guest 0 PIR_EL1"]).toEqual(counts(1, 1, 1, 2));
    expect(found["guest 0 PIRE0_EL1"]).toEqual(counts(0, 1, 1, 2));
  });
});

describe("rule 6: the host context of nVHE has its own state per pCPU", () => {
  const once = policyOf(group("PIR_EL1 PIRE0_EL1", { host: "dirty-once" }));

  it("starts dirty, is saved once, and is always restored", () => {
    const found = interpret(nvhe, once, run(0), run(0), run(0));
    expect(found["host 0 PIR_EL1"]).toEqual(counts(0, 1, 2, 3));
    expect(found["host 0 PIRE0_EL1"]).toEqual(counts(0, 1, 2, 3));
    expect(found["host 0 TPIDR_EL0"]).toEqual(counts(0, 3, 0, 3));
  });

  it("the guest's writes do not make it dirty, and another vCPU does not make it new", () => {
    const found = interpret(nvhe, once, run(0, write(0, "PIR_EL1")), run(1, write(1, "PIR_EL1")), run(0));
    expect(found["host 0 PIR_EL1"]).toEqual(counts(0, 1, 2, 3));
  });

  it("every pCPU saves once", () => {
    const on = (pcpu: number) => [runStart(0, pcpu), runEnd(0, pcpu)];
    const found = interpret(nvhe, once, on(0), on(1), on(0), on(1));
    expect(found["host 0 PIR_EL1"]).toEqual(counts(0, 1, 1, 2));
    expect(found["host 1 PIR_EL1"]).toEqual(counts(0, 1, 1, 2));
  });

  it("is never saved nor restored where its rule is never", () => {
    const never = policyOf(group("PIR_EL1", { host: "never" }));
    expect(interpret(nvhe, never, run(0))["host 0 PIR_EL1"]).toEqual(counts(0, 0, 1, 0));
  });

  it("does not exist on VHE for EL1 state", () => {
    expect(Object.keys(interpret(vhe, once, load(0), put(0)))).not.toContain("host 0 PIR_EL1");
  });
});

describe("several contexts", () => {
  it("two vCPUs on one pCPU each have their own state", () => {
    const found = interpret(
      vhe,
      pie,
      [load(0), write(0, "PIR_EL1"), put(0)],
      [load(1), put(1)],
      [load(0), put(0)],
      [load(1), write(1, "PIR_EL1"), put(1)],
    );
    expect(found["guest 0 PIR_EL1"]).toEqual(counts(1, 1, 1, 2));
    expect(found["guest 1 PIR_EL1"]).toEqual(counts(1, 1, 1, 2));
  });

  it("a vCPU takes its state along when it moves", () => {
    const steps = [load(0, 0), write(0, "PIR_EL1"), put(0, 1)];
    expect(interpret(vhe, pie, ...steps)["guest 0 PIR_EL1"]).toEqual(counts(1, 1, 0, 1));
  });

  it("an event of a pCPU without a vCPU does nothing", () => {
    expect(interpret(nvhe, pie, load(-1), runStart(-1), write(-1, "PIR_EL1"), runEnd(-1))).toEqual({});
  });

  it("points in an order that no hypervisor has still count one by one", () => {
    const steps = [
      put(0),
      put(0),
      load(0),
      load(0),
      write(0, "PIR_EL1"),
      load(0),
      write(0, "PIR_EL1"),
      put(0),
    ];
    expect(interpret(vhe, pie, ...steps)["guest 0 PIR_EL1"]).toEqual(counts(2, 1, 2, 3));
  });
});

describe("rows", () => {
  it("come guests first, by unit, in the order of the register table, an unknown register last", () => {
    const config = configOf("nvhe", "TPIDR_EL0", "PIR_EL1");
    const unknown = { ...config.lists.guest.save, el1: ["S3_0_C15_C2_1", "S3_0_C15_C2_0", "PIR_EL1"] };
    const lists = { ...config.lists, guest: { save: unknown, restore: config.lists.guest.restore } };
    expect(Object.keys(interpret({ ...config, lists }, eager, run(1), run(0)))).toEqual([
      "guest 0 PIR_EL1",
      "guest 0 TPIDR_EL0",
      "guest 0 S3_0_C15_C2_0",
      "guest 0 S3_0_C15_C2_1",
      "guest 1 PIR_EL1",
      "guest 1 TPIDR_EL0",
      "guest 1 S3_0_C15_C2_0",
      "guest 1 S3_0_C15_C2_1",
      "host 0 PIR_EL1",
      "host 0 TPIDR_EL0",
    ]);
  });
});
