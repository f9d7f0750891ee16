import { TraplineError } from "../../errors.js";
import { encodingFromOpcode, fieldsOf } from "../../registers/encoding.js";
import { HCR_EL2, VTTBR_EL2 } from "../machine/roles.js";
import type { ExceptionCause, World } from "../machine/world.js";
import { found } from "../tarmac/number.js";
import { Op } from "../tarmac/opcode.js";
import { createRetirement, Reading } from "../tarmac/retire.js";
import { StateName } from "../tarmac/state-name.js";
import { createCpu, type Cpu } from "./cpu.js";
import type { Line } from "./line.js";
import { isBranch } from "./opcode.js";
import { valueOf } from "./value.js";

/** What the instructions said of the log itself. */
export interface Followed {
  /** Instructions that are no MSR, MRS or the like: none means that a filter left them out. */
  readonly ordinary: number;
  readonly writes: number;
  readonly reads: number;
  readonly values: number;
  /** Exception levels are known, because CPSR is logged. */
  readonly levels: boolean;
  readonly passedOver: Readonly<Record<string, number>>;
}

/**
 * Makes of lines what retired. The plugin prints an instruction before it is executed, and says nothing of
 * exceptions: whether an MSR trapped shows by where its CPU went next. So each instruction waits for the next one of
 * its CPU, and what changed in between is its own or an exception's.
 */
export interface Follower {
  instruction(line: Line, op: number, number: number, offset: number): void;
  /** A register of the last instruction's line, by its lower-case name; the value in `found`. */
  change(name: string): void;
  finish(): Followed;
}

/** SPSR.M, and so CPSR's, of AArch64: bits 3:2 are the level (Arm ARM, SPSR_EL1). */
const levelOf = (cpsr: number): number => ((cpsr & 0x10) === 0 ? (cpsr >>> 2) & 3 : -1);

/** Registers whose values tell who runs, where no instruction of the log wrote them. */
const states: readonly (readonly [name: string, state: number])[] = [
  ["hcr_el2", StateName.hcr],
  ["vttbr_el2", StateName.vttbr],
  ["vmpidr_el2", StateName.vmpidr],
];

/** Of a vector within its table: Arm ARM, D1.4.1. */
const causes: readonly ExceptionCause[] = ["sync", "irq", "fiq", "serror"];

/** Where the vectors of exceptions from lower levels begin in their table: Arm ARM, D1.4.1. */
const fromBelow = 0x400;

/** Registers of the level that an exception is taken to, which it writes. */
const exceptionState = ["elr", "spsr", "esr"] as const;

export function createFollower(world: World, file: string): Follower {
  const retirement = createRetirement(world);
  const cpus = new Map<number, Cpu>();
  const counts = { ordinary: 0, writes: 0, reads: 0, levels: false, elsewhere: 0 };
  let last: Cpu | undefined;
  let place = { line: 0, offset: 0 };

  function refuse(what: string, remedy: string): TraplineError {
    return new TraplineError("unsupported", what, { file, ...place }, remedy);
  }

  function isException(cpu: Cpu, pcLo: number, pcHi: number): boolean {
    // A filter leaves out what came between; then nothing follows from an address.
    if (counts.ordinary === 0) return false;
    const goesOn = pcLo === ((cpu.pcLo + 4) | 0) && (pcHi === cpu.pcHi || pcLo === 0);
    if (goesOn) return false;
    if (!isBranch(cpu.opcode)) return true;
    if ((pcLo & 0x7f) !== 0) return false;
    // No branch changes what an exception leaves behind.
    const leaves = exceptionState.some((name) => cpu.changed.has(`${name}_el${cpu.level}`));
    return leaves || cpu.vectors.has(pcLo & ~0x7ff);
  }

  /** Without levels an access that only EL2 or EL3 can make tells where it was made; it is of no use alone. */
  function isElsewhere(cpu: Cpu, encoding: number): boolean {
    if (cpu.before >= 0) return false;
    const { op1 } = fieldsOf(encoding);
    if (op1 < 4) return false;
    if (cpu.op === Op.msr && encoding === VTTBR_EL2 && (cpu.opcode & 31) !== 31) {
      throw refuse(
        "a hypervisor runs a guest here, and nothing tells its instructions from the guest's",
        "Log CPSR and the registers of EL2 too: execlog's reg=cpsr,reg=*_el2",
      );
    }
    return true;
  }

  function retire(cpu: Cpu): void {
    const { op, opcode, number, count, pcLo, before } = cpu;
    const encoding = op === Op.msr || op === Op.mrs ? encodingFromOpcode(opcode) : 0;
    if (op === Op.msr || op === Op.mrs) {
      if (isElsewhere(cpu, encoding)) {
        counts.elsewhere++;
        return;
      }
      if (op === Op.msr) counts.writes++;
      else counts.reads++;
    }
    retirement.instruction(number, count, pcLo, op, encoding, before);
    if (op === Op.msr || op === Op.mrs) {
      const value = valueOf(cpu, encoding);
      if (value !== undefined) retirement.register(number, op, StateName.none, Reading.known, ...value);
      else if (op === Op.msr && (encoding === HCR_EL2 || encoding === VTTBR_EL2)) {
        throw refuse(
          "the values of HCR_EL2 and VTTBR_EL2, which tell whose instructions these are, are not logged",
          "Log the registers of EL2 too: execlog's reg=*_el2",
        );
      }
    } else state(cpu);
  }

  /** What an instruction of another kind is said to have changed was so before the log began. */
  function state({ number, changed, registers }: Cpu): void {
    if (changed.size === 0) return;
    for (const [name, known] of states) {
      const value = changed.has(name) ? registers.get(name) : undefined;
      if (value !== undefined) retirement.register(number, Op.msr, known, Reading.known, ...value);
    }
  }

  function except(cpu: Cpu, pcLo: number): void {
    const { number, count, before, level, registers } = cpu;
    const cause = causes[(pcLo >>> 7) & 3];
    if ((pcLo & 0x7f) === 0) cpu.vectors.add(pcLo & ~0x7ff);
    // Behind an ERET it came from where that went.
    const stays = level >= 0 && level === before && cpu.op !== Op.eret;
    retirement.exception(number, count, cpu.pcLo, cause, stays);
    const target = level < 0 ? 1 : level;
    const esr = cause === "sync" ? registers.get(`esr_el${target}`) : undefined;
    if (esr !== undefined) retirement.register(number, Op.msr, StateName.esr + target, Reading.known, ...esr);
    const spsr = registers.get(`spsr_el${target}`);
    if (spsr !== undefined) {
      retirement.register(number, Op.msr, StateName.spsr + target, Reading.known, ...spsr);
    }
  }

  /** The instruction that waits, now that its CPU is at another one. */
  function settle(cpu: Cpu, pcLo: number, pcHi: number): void {
    const rose = cpu.before >= 0 && cpu.level > cpu.before;
    const excepted = rose || isException(cpu, pcLo, pcHi);
    // An ERET was done if the exception came from below: of what it went to, nothing could be fetched.
    const returned = cpu.op === Op.eret && !rose && (pcLo & 0x7ff) >= fromBelow;
    const trapped = excepted && ((pcLo >>> 7) & 3) === 0 && cpu.op !== Op.other && !returned;
    if (!trapped) retire(cpu);
    if (excepted) except(cpu, pcLo);
  }

  return {
    instruction({ cpu: number, pcLo, pcHi, opcode }, op, line, offset) {
      place = { line, offset };
      let cpu = last?.number === number ? last : cpus.get(number);
      if (cpu === undefined) cpus.set(number, (cpu = createCpu(number)));
      last = cpu;
      if (cpu.waiting) settle(cpu, pcLo, pcHi);
      if (op === Op.other) counts.ordinary++;
      cpu.waiting = true;
      cpu.count++;
      cpu.pcLo = pcLo;
      cpu.pcHi = pcHi;
      cpu.opcode = opcode;
      cpu.op = op;
      cpu.before = cpu.level;
      if (cpu.changed.size > 0) cpu.changed.clear();
    },

    change(name) {
      if (last === undefined) return;
      const { lo, hi } = found;
      last.registers.set(name, [lo, hi]);
      last.changed.add(name);
      if (name !== "cpsr") return;
      counts.levels = true;
      last.level = levelOf(lo);
    },

    finish() {
      for (const cpu of cpus.values()) if (cpu.waiting) retire(cpu);
      retirement.finish();
      const { elsewhere, ...rest } = counts;
      return {
        ...rest,
        values: retirement.counts.values,
        passedOver: elsewhere === 0 ? {} : { "access that only EL2 or EL3 can make": elsewhere },
      };
    },
  };
}
