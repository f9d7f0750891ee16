import type { ExceptionCause, World } from "../machine/world.js";
import { HCR_EL2, VMPIDR_EL2, VTTBR_EL2 } from "../machine/roles.js";
import { Op } from "./opcode.js";

/**
 * Puts together what several lines say of one instruction or exception, CPU by CPU: an MSR or MRS has its value
 * on the register line that follows, an exception its syndrome and origin.
 */
export interface Retirement {
  /** An instruction that was executed. `level` -1 where the line does not say. */
  instruction(cpu: number, time: number, pc: number, op: number, encoding: number, level: number): void;
  /** Op.msr or Op.mrs if such an instruction waits for its value. */
  waiting(cpu: number): number;
  /** The value of the instruction that waits. */
  value(cpu: number, known: boolean, lo: number, hi: number): void;
  /**
   * An exception; `pc` of the interrupted instruction, -1 where the line does not say; `stays` if the line says
   * that it was taken at the level it came from.
   */
  exception(cpu: number, time: number, pc: number, cause: ExceptionCause, stays: boolean): void;
  /** Whether a register that no instruction wrote is of interest now; `name` in upper case. */
  wants(cpu: number, name: string): boolean;
  /** The value of such a register. */
  state(cpu: number, name: string, lo: number, hi: number): void;
  finish(): void;
  readonly counts: {
    /** Instructions that touch no system register: none means that the recorder left things out. */
    ordinary: number;
    /** WFI, TLBI, HVC and the like. */
    system: number;
    /** MSR and MRS with a value. */
    values: number;
  };
}

/** What the lines so far leave open on one CPU. */
interface Open {
  op: number; // Op.msr, Op.mrs, or 0 for none
  time: number;
  encoding: number;
  el: number;
  pc: number;
  exception: OpenException | undefined;
  /** Exception level of the last instruction seen. */
  level: number;
}

interface OpenException {
  readonly time: number;
  readonly cause: ExceptionCause;
  hasSyndrome: boolean;
  lo: number;
  hi: number;
  /** Where it went, 0 if that is not known. */
  target: number;
  /** SPSR.M of the interrupted code, -1 if that is not known. */
  mode: number;
}

/** Registers whose state at the start of a recording tells who runs. */
const initialState: Readonly<Record<string, number>> = { HCR_EL2, VTTBR_EL2, VMPIDR_EL2 };

export function createRetirement(world: World): Retirement {
  const cpus: Open[] = [];
  const counts = { ordinary: 0, system: 0, values: 0 };

  function openOf(cpu: number): Open {
    return (cpus[cpu] ??= { op: 0, time: 0, encoding: 0, el: 0, pc: 0, exception: undefined, level: 1 });
  }

  function retire(cpu: number, open: Open, known: boolean, lo: number, hi: number): void {
    const { op, encoding, el, pc } = open;
    open.op = 0;
    world.access(cpu, open.time, op === Op.msr, encoding, el, pc, known, lo, hi);
  }

  function endException(cpu: number, open: Open, target: number): void {
    const { exception } = open;
    if (exception === undefined) return;
    open.exception = undefined;
    open.level = target;
    const { time, cause, hasSyndrome, lo, hi, mode } = exception;
    world.exception(cpu, time, target, cause, hasSyndrome, lo, hi, mode);
  }

  /** What was open when the next instruction, at `level`, came. */
  function settle(cpu: number, time: number, open: Open, level: number): void {
    // No register line followed: the MSR or MRS retired with a value that the log does not have.
    if (open.op !== 0) retire(cpu, open, false, 0, 0);
    if (open.exception !== undefined) {
      endException(cpu, open, open.exception.target || Math.max(level, 1));
    }
    if (level >= 0 && level !== open.level) {
      open.level = level;
      world.level(cpu, time, level);
    }
  }

  return {
    counts,

    instruction(cpu, time, pc, op, encoding, level) {
      const open = openOf(cpu);
      if (open.op !== 0 || open.exception !== undefined || level !== open.level) {
        settle(cpu, time, open, level);
      }
      if (op === Op.msr || op === Op.mrs) {
        open.op = op;
        open.time = time;
        open.encoding = encoding;
        open.el = open.level;
        open.pc = pc;
      } else if (op === Op.eret) {
        const to = world.eret(cpu, time, open.level);
        if (to >= 0) open.level = to;
        else if (open.level === 2 && level < 0) open.level = 1;
      } else if (op === Op.system) {
        counts.system++;
      } else {
        counts.ordinary++;
      }
    },

    waiting: (cpu) => openOf(cpu).op,

    value(cpu, known, lo, hi) {
      if (known) {
        counts.values++;
        retire(cpu, openOf(cpu), true, lo, hi);
      } else {
        retire(cpu, openOf(cpu), false, 0, 0);
      }
    },

    exception(cpu, time, pc, cause, stays) {
      const open = openOf(cpu);
      // Some logs show an MSR that trapped: the exception at its address tells that it did not retire.
      if (open.op !== 0 && cause === "sync" && (pc === -1 || pc === open.pc)) open.op = 0;
      settle(cpu, time, open, -1);
      const target = stays ? open.level : 0;
      open.exception = { time, cause, hasSyndrome: false, lo: 0, hi: 0, target, mode: -1 };
    },

    wants(cpu, name) {
      if (openOf(cpu).exception === undefined) return initialState[name] !== undefined;
      return name.startsWith("ESR_EL") || name.startsWith("SPSR_EL") || name === "CPSR";
    },

    state(cpu, name, lo, hi) {
      const { exception } = openOf(cpu);
      if (exception === undefined) {
        world.state(cpu, initialState[name], lo, hi);
        return;
      }
      const level = Number(name.at(-1));
      if (name === "CPSR") {
        exception.target ||= (lo >>> 2) & 3;
      } else if (level >= 1 && level <= 3) {
        exception.target = level;
        if (name.startsWith("SPSR")) {
          exception.mode = lo & 0xf;
        } else {
          exception.hasSyndrome = true;
          exception.lo = lo;
          exception.hi = hi;
        }
      }
    },

    finish() {
      cpus.forEach((open, cpu) => {
        if (open.op !== 0) retire(cpu, open, false, 0, 0);
        if (open.exception !== undefined && open.exception.target > 0) {
          endException(cpu, open, open.exception.target);
        }
      });
    },
  };
}
