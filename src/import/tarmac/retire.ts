import type { ExceptionCause, World } from "../machine/world.js";
import { Op } from "./opcode.js";
import { StateName, initialState } from "./state-name.js";

/** What a register's line gives: nothing that can be read, some digits unknown to the model, or all. */
export const Reading = { none: 0, unknown: 1, known: 2 } as const;

/**
 * Puts together what several lines say of one instruction or exception, CPU by CPU: an MSR or MRS has its value
 * on the register line that follows, an exception its syndrome and origin.
 */
export interface Retirement {
  /** An instruction that was executed. `level` -1 where the line does not say. */
  instruction(cpu: number, time: number, pc: number, op: number, encoding: number, level: number): void;
  /** An MSR or MRS whose value stands on the line behind it. */
  access(
    cpu: number,
    time: number,
    pc: number,
    write: boolean,
    encoding: number,
    level: number,
    lo: number,
    hi: number,
  ): void;
  /**
   * A register's line: the value of the instruction that waits for one of this sort, or else a state that no
   * instruction wrote. `sort` is Op.mrs for a general register, Op.msr for a system register; `name` of
   * `state-name.ts`. Returns false if a value is needed and cannot be read.
   */
  register(cpu: number, sort: number, name: number, reading: number, lo: number, hi: number): boolean;
  /**
   * An exception; `pc` of the interrupted instruction, -1 where the line does not say; `stays` if the line says
   * that it was taken at the level it came from.
   */
  exception(cpu: number, time: number, pc: number, cause: ExceptionCause, stays: boolean): void;
  finish(): void;
  readonly counts: {
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

const isInitial = (name: number): boolean => name < StateName.cpsr;

export function createRetirement(world: World): Retirement {
  const cpus: Open[] = [];
  const counts = { values: 0 };

  function openOf(cpu: number): Open {
    // No time is as much a floating-point number as any that comes.
    const time = Number.NaN;
    return (cpus[cpu] ??= { op: 0, time, encoding: 0, el: 0, pc: 0, exception: undefined, level: 1 });
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

  function state(cpu: number, { exception }: Open, name: number, lo: number, hi: number): void {
    if (exception === undefined) {
      world.state(cpu, initialState[name], lo, hi);
    } else if (name === StateName.cpsr) {
      exception.target ||= (lo >>> 2) & 3;
    } else {
      const level = name & 3;
      if (level === 0) return;
      exception.target = level;
      if (name >= StateName.spsr) {
        exception.mode = lo & 0xf;
      } else {
        exception.hasSyndrome = true;
        exception.lo = lo;
        exception.hi = hi;
      }
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
      }
    },

    access(cpu, time, pc, write, encoding, level, lo, hi) {
      const open = openOf(cpu);
      if (open.op !== 0 || open.exception !== undefined || level !== open.level) {
        settle(cpu, time, open, level);
      }
      counts.values++;
      world.access(cpu, time, write, encoding, open.level, pc, true, lo, hi);
    },

    register(cpu, sort, name, reading, lo, hi) {
      const open = openOf(cpu);
      if (open.op !== 0) {
        if (sort !== open.op) return true;
        if (reading === Reading.none) return false;
        if (reading === Reading.known) {
          counts.values++;
          retire(cpu, open, true, lo, hi);
        } else {
          retire(cpu, open, false, 0, 0);
        }
        return true;
      }
      if (name === StateName.none || sort !== Op.msr || isInitial(name) === (open.exception !== undefined)) {
        return true;
      }
      if (reading === Reading.known) state(cpu, open, name, lo, hi);
      return reading !== Reading.none;
    },

    exception(cpu, time, pc, cause, stays) {
      const open = openOf(cpu);
      // Some logs show an MSR that trapped: the exception at its address tells that it did not retire.
      if (open.op !== 0 && cause === "sync" && (pc === -1 || pc === open.pc)) open.op = 0;
      settle(cpu, time, open, -1);
      const target = stays ? open.level : 0;
      open.exception = { time, cause, hasSyndrome: false, lo: 0, hi: 0, target, mode: -1 };
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
