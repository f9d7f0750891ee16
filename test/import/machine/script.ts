import { registerByName } from "#src/registers/lookup.js";
import type { Vcpu } from "#src/trace/header.js";
import { createRecorder } from "#src/import/machine/recorder.js";
import { createWorld, type ExceptionCause, type WorldSummary } from "#src/import/machine/world.js";
import { collector, type Collected } from "./collect.js";

/** Low halves of addresses, one for each stretch of code that KVM compiles together. */
export const Code = {
  sysreg: 0x10_0000,
  run: 0x20_0000,
  entry: 0x30_0000,
  timer: 0x40_0000,
  vgic: 0x50_0000,
  irq: 0x60_0000,
  elsewhere: 0x70_0000,
  guest: 0x80_0000,
} as const;

/** HCR_EL2 as [high, low] half. */
export const Hcr = {
  vheHost: [0x4, 0x88000038],
  vheGuest: [0x4, 0x8000003b],
  vheMaintenance: [0x4, 0x80000038],
  nvheHost: [0x0, 0x80000000],
  nvheGuest: [0x0, 0x8000003b],
  protectedHost: [0x0, 0x80000001],
  hvheHost: [0x4, 0x80000000],
  hvheGuest: [0x4, 0x8000003b],
} as const;

type Halves = readonly [number, number];

/** Syndromes: EC in bits 31:26. */
export const Esr = {
  wfx: 0x01 << 26,
  fp: 0x07 << 26,
  hvc: 0x16 << 26,
  /** MSR TTBR0_EL1, x0. */
  writeTtbr0: (0x18 << 26) | (3 << 20) | (2 << 10),
} as const;

function encodingOf(name: string): number {
  const register = registerByName(name);
  if (register === undefined) throw new Error(`no register ${name}`);
  return register.alias?.name === name ? register.alias.encoding : register.encoding;
}

/** A pCPU that does what it is told, one instruction per tick of its clock. */
export interface Pcpu {
  /** The code that the next instructions are in. */
  at(code: number): Pcpu;
  /** MRS and MSR at EL2. */
  read(...names: string[]): Pcpu;
  write(...names: string[]): Pcpu;
  /** MSR of a value. */
  set(name: string, value: Halves | number): Pcpu;
  /** MRS of a value. */
  get(name: string, value: Halves | number): Pcpu;
  /** A register as it stands where the recording begins. */
  has(name: string, value: Halves | number): Pcpu;
  /** MSR and MRS below EL2. */
  guestWrite(...names: string[]): Pcpu;
  guestRead(...names: string[]): Pcpu;
  /** An exception to EL2 from this mode (SPSR.M: 5 is EL1h, 9 is EL2h). */
  exception(cause: ExceptionCause, mode: number, esr?: number): Pcpu;
  eret(): Pcpu;
  level(el: number): Pcpu;
}

export interface Machine {
  cpu(number: number): Pcpu;
  readonly world: ReturnType<typeof createWorld>;
  readonly events: readonly Collected[];
  readonly vcpus: readonly Vcpu[];
  finish(): WorldSummary;
  /**
   * Ends the recording and tells what was made of it: `p0 1/0 load`, and in one line what was done to several
   * registers in a row, `p0 1/0 saveGuest SCTLR_EL1 SP_EL1`. A vCPU is VMID/Aff0.
   */
  story(): string[];
}

export function machine(): Machine {
  const { writer, events } = collector();
  const recorder = createRecorder(writer);
  const world = createWorld(recorder);
  const cpus = new Map<number, Pcpu>();
  let summary: WorldSummary | undefined;
  const finish = (): WorldSummary => (summary ??= world.finish());
  return {
    world,
    events,
    get vcpus() {
      return recorder.vcpus;
    },
    cpu(number) {
      const known = cpus.get(number) ?? createPcpu(world, number);
      cpus.set(number, known);
      return known;
    },
    finish,
    story() {
      finish();
      const lines: string[] = [];
      let head = "";
      for (const { kind, register, pcpu, vcpu } of events) {
        const { vm, mpidr } = recorder.vcpus[vcpu];
        const next = `p${pcpu} ${vm}/${mpidr & 0xff} ${kind}`;
        if (next === head && register !== "") lines.push(`${lines.pop()} ${register}`);
        else lines.push(register === "" ? next : `${next} ${register}`);
        head = next;
      }
      return lines;
    },
  };
}

function createPcpu(world: ReturnType<typeof createWorld>, number: number): Pcpu {
  let time = 0;
  let pc = 0;
  const halves = (value: Halves | number): Halves => (typeof value === "number" ? [0, value] : value);
  const access = (write: boolean, name: string, el: number, value: Halves | number = 0): void => {
    const [hi, lo] = halves(value);
    world.access(number, ++time, write, encodingOf(name), el, (pc += 4), true, lo, hi);
  };
  const pcpu: Pcpu = {
    at(code) {
      pc = code;
      return pcpu;
    },
    read(...names) {
      for (const name of names) access(false, name, 2);
      return pcpu;
    },
    write(...names) {
      for (const name of names) access(true, name, 2);
      return pcpu;
    },
    set(name, value) {
      access(true, name, 2, value);
      return pcpu;
    },
    get(name, value) {
      access(false, name, 2, value);
      return pcpu;
    },
    has(name, value) {
      const [hi, lo] = halves(value);
      world.state(number, encodingOf(name), lo, hi);
      return pcpu;
    },
    guestWrite(...names) {
      for (const name of names) access(true, name, 1);
      return pcpu;
    },
    guestRead(...names) {
      for (const name of names) access(false, name, 1);
      return pcpu;
    },
    exception(cause, mode, esr) {
      world.exception(number, ++time, 2, cause, esr !== undefined, esr ?? 0, 0, mode);
      return pcpu;
    },
    eret() {
      world.eret(number, ++time, 2);
      return pcpu;
    },
    level(el) {
      world.level(number, ++time, el);
      return pcpu;
    },
  };
  return pcpu;
}
