import type { TraceWriter } from "../../trace/writer.js";
import { createRecorder } from "../machine/recorder.js";
import { createWorld } from "../machine/world.js";
import { encodingByName } from "./disassembly.js";
import { Op } from "./opcode.js";
import { createRetirement, Reading, type Retirement } from "./retire.js";
import { StateName } from "./state-name.js";

/** Times beyond 32 bits: objects made with smaller ones first would be of another shape than those made later. */
const firstTime = 2 ** 33;
/** About as often as V8 has to see a function before it remembers what it has seen. */
const rounds = 24;

/** HCR_EL2, low half: of a guest, of a VHE host. High half: E2H. */
const guestTraps = 0x8000003b | 0;
const hostTraps = 0x88000038 | 0;
const e2h = 0x4;
const el1h = 5;

let done = false;

/**
 * Lets a machine load a vCPU, run it and put it a few times, once in a thread, so that V8 compiles what follows a
 * machine for all that it will see of a long recording, and not anew for each thing that it sees later.
 */
export function warmUpMachine(): void {
  if (done) return;
  done = true;
  const ignore = (): never => {
    throw new Error("nothing is written here");
  };
  const nowhere: TraceWriter = {
    register: (encoding) => (encoding & 0xff) + 1,
    place: () => 0,
    append: () => undefined,
    restart: () => undefined,
    finish: ignore,
    abort: () => undefined,
  };
  const world = createWorld(createRecorder(nowhere));
  const retirement = createRetirement(world);
  for (let round = 0; round < rounds; round++) pass(retirement, round & 1, firstTime + 1000 * round);
  retirement.finish();
  world.finish();
}

/** A vCPU is loaded, runs, and is put, by a VHE host on one pCPU. */
function pass(retirement: Retirement, cpu: number, time: number): void {
  const access = (write: boolean, pc: number, level: number, names: readonly string[]): void => {
    for (const name of names) set(write, pc, level, name, 0x10 + cpu, 0x100);
  };
  const set = (write: boolean, pc: number, level: number, name: string, lo: number, hi: number): void => {
    time++;
    retirement.access(cpu, time, pc, write, encodingByName(name) ?? 0, level, lo, hi);
  };
  const other = (op: number, level: number): void => {
    time++;
    retirement.instruction(cpu, time, 0x30_0000, op, 0, level);
  };
  const exception = (cause: "sync" | "irq", syndrome: number, mode: number): void => {
    time++;
    retirement.exception(cpu, time, 0, cause, false);
    retirement.register(cpu, Op.msr, StateName.esr + 2, Reading.known, syndrome, 0);
    retirement.register(cpu, Op.msr, StateName.spsr + 2, Reading.known, mode, 0);
  };
  const state = ["SCTLR_EL12", "TTBR0_EL12", "PAR_EL1", "SP_EL1", "ELR_EL12"];

  set(true, 0x20_0080, 2, "HCR_EL2", hostTraps, e2h);
  access(false, 0x10_0000, 2, ["TPIDR_EL0"]);
  access(true, 0x10_0000, 2, ["TPIDR_EL0", "VMPIDR_EL2", ...state]);
  set(true, 0x70_0000, 2, "VTTBR_EL2", 0x1000, 0x10000);
  access(true, 0x40_0000, 2, ["CNTV_CVAL_EL02", "CNTV_CTL_EL02", "ICH_VMCR_EL2", "ICH_LR0_EL2"]);
  access(false, 0x20_0000, 2, ["MDSCR_EL1"]);
  set(true, 0x20_0000, 2, "HCR_EL2", guestTraps, e2h);
  access(true, 0x10_0400, 2, ["MDSCR_EL1", "ELR_EL1"]);
  set(true, 0x10_0400, 2, "SPSR_EL1", el1h, 0);
  access(false, 0x30_0000, 2, ["SP_EL0", "ISR_EL1"]);
  access(true, 0x30_0000, 2, ["SP_EL0"]);
  other(Op.eret, 2);
  access(true, 0x80_0000, 1, ["TTBR0_EL1", "CNTV_CTL_EL0"]);
  access(false, 0x80_0000, 1, ["SP_EL0"]);
  other(Op.other, 1);
  // MSR TTBR0_EL1, x0 traps; then an interrupt.
  exception("sync", (0x18 << 26) | (3 << 20) | (2 << 10), el1h);
  access(false, 0x30_0200, 2, ["SP_EL0", "ESR_EL2"]);
  access(true, 0x30_0200, 2, ["SP_EL0"]);
  set(true, 0x10_0400, 2, "SPSR_EL1", el1h, 0);
  other(Op.eret, 2);
  exception("irq", 0, el1h);
  access(false, 0x10_0480, 2, ["SP_EL0", "MDSCR_EL1", "ELR_EL1"]);
  set(true, 0x20_0080, 2, "HCR_EL2", hostTraps, e2h);
  access(true, 0x10_04c0, 2, ["MDSCR_EL1"]);
  access(false, 0x40_0000, 2, ["CNTV_CVAL_EL02", "ICH_VMCR_EL2"]);
  access(true, 0x70_0000, 2, ["CONTEXTIDR_EL2"]);
  exception("irq", 0, 9);
  other(Op.eret, 2);
  access(false, 0x10_0200, 2, [...state, "TPIDR_EL0"]);
  access(true, 0x10_0200, 2, ["TPIDR_EL0"]);
}
