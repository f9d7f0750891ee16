import type { Phase } from "../model/adaptive.js";
import type { ContextOrder } from "../model/foreign.js";
import { bringsIn } from "../policies/brings-in.js";
import type { Observer } from "../model/observer.js";
import { createInterpreter, type Interpreter } from "../model/reference.js";
import { cpuBit, hostMemoryBit, memoryBit, pcpuCount, vcpuCount, type Exchange } from "./values.js";
import type { Action } from "./event.js";
import type { World } from "./world.js";

/** Where a vCPU is: `out` is not loaded, `host` is loaded while the host runs, `guest` is in the guest. */
export type Whereabouts =
  | { readonly at: "out" }
  | { readonly at: "host"; readonly pcpu: number }
  | { readonly at: "guest"; readonly pcpu: number };

/** All of a state but for the values. */
export interface Control {
  readonly interpreter: Interpreter;
  readonly where: readonly Whereabouts[];
  /** By vCPU: the register of a write that trapped and is to be tried again, from 1; 0 for none. */
  readonly pending: readonly number[];
}

/** A step on its way: what the rules do goes into `copies`, pairs of bits (to, from), and into `actions`. */
export interface Draft {
  readonly interpreter: Interpreter;
  readonly where: Whereabouts[];
  readonly pending: number[];
  readonly copies: number[];
  readonly actions: Action[];
  /** Register that trapped, by what the interpreter was last told. */
  trapped: boolean;
  emulated: boolean;
}

const inOrder: ContextOrder = { vcpus: [0, 1], pcpus: [0, 1] };

const either = [false, true] as const;

/** Every way that changes nothing but names; the first is none. */
export const exchangesOf = ({ alike }: World): Exchange[] =>
  (alike ? either : [false]).flatMap((registers) =>
    either.flatMap((pcpus) => either.map((vcpus) => ({ vcpus, pcpus, registers }))),
  );

/** Where an adaptive group stands between two arming points: these matter at the next one alone, which is free. */
const anyPhase: Phase = { windows: 0, traps: 0, left: -1, changes: 0 };

/**
 * An adaptive group's counters are left out of the states: at each arming point both answers that they could give are
 * tried, which is more than any numbers of traps and windows allow.
 */
const phases: readonly Phase[] = [anyPhase, { windows: 0, traps: 0, left: 1, changes: 0 }];
export const phasesTried = ({ policy }: World): readonly (Phase | undefined)[] =>
  policy.groups.some(({ adaptive }) => adaptive !== undefined) ? phases : [undefined];

/** Place numbers: each pCPU with each vCPU. */
export const placeOf = (pcpu: number, vcpu: number): number => vcpuCount * pcpu + vcpu;

const placePairs: readonly number[] = Array.from({ length: pcpuCount }, (_, pcpu) =>
  Array.from({ length: vcpuCount }, (__, vcpu) => [pcpu, vcpu]),
).flat(2);

export function firstControl(world: World): Control {
  const naming = {
    registers: ["", ...world.registers.map(({ name }) => name)],
    places: placePairs,
    vcpus: vcpuCount,
    pcpus: pcpuCount,
  };
  const nowhere = Array.from({ length: vcpuCount }, (): Whereabouts => ({ at: "out" }));
  return {
    interpreter: createInterpreter(naming, world.policy, world.config),
    where: nowhere,
    pending: nowhere.map(() => 0),
  };
}

/** The same with names exchanged. What is armed or dirty is so of both of two registers that are alike. */
export function exchanged(control: Control, { vcpus, pcpus, registers }: Exchange): Control {
  const order: ContextOrder = { vcpus: vcpus ? [1, 0] : [0, 1], pcpus: pcpus ? [1, 0] : [0, 1] };
  const moved = (place: Whereabouts): Whereabouts =>
    place.at === "out" ? place : { ...place, pcpu: order.pcpus.indexOf(place.pcpu) };
  return {
    interpreter: control.interpreter.fork(order),
    where: order.vcpus.map((vcpu) => moved(control.where[vcpu])),
    pending: order.vcpus.map((vcpu) => {
      const register = control.pending[vcpu];
      return registers && register > 0 ? 3 - register : register;
    }),
  };
}

/** Begins a step from a state. */
export function draftOf(world: World, control: Control, phase?: Phase): Draft {
  const at = new Map(world.registers.map(({ name }, register) => [name, register]));
  const slot = (name: string): number => at.get(name) ?? 0;
  const copies: number[] = [];
  const actions: Action[] = [];
  const act = (what: Action["what"], ...registers: readonly string[]): void => {
    const last = actions.at(-1);
    if (last?.what === what && what !== "traps") {
      actions[actions.length - 1] = { what, registers: [...last.registers, ...registers] };
    } else actions.push({ what, registers });
  };
  const observer: Observer = {
    saveGuest(name, vcpu, pcpu, done) {
      if (done) copies.push(memoryBit(vcpu, slot(name)), cpuBit(pcpu, slot(name)));
      act(done ? "saves" : "leaves", name);
    },
    restoreGuest(name, vcpu, pcpu, done) {
      if (done) copies.push(cpuBit(pcpu, slot(name)), memoryBit(vcpu, slot(name)));
      act(done ? "restores" : "skips", name);
    },
    saveHost(name, pcpu, done) {
      if (done) copies.push(hostMemoryBit(pcpu, slot(name)), cpuBit(pcpu, slot(name)));
      act(done ? "saves-host" : "leaves-host", name);
    },
    restoreHost(name, pcpu, done) {
      if (!done) return;
      copies.push(cpuBit(pcpu, slot(name)), hostMemoryBit(pcpu, slot(name)));
      act("restores-host", name);
    },
    trap(name, group, { opened, marked }, vcpu, pcpu) {
      draft.trapped = true;
      act("traps", name);
      if (group.onTrap === "emulate") {
        draft.emulated = true;
        if (group.trap !== "undefined") act("emulates", name);
        return;
      }
      act("opens", ...opened);
      if (group.save === "dirty") act("marks", ...marked);
      // What no restore point brings in comes with the trap.
      if (!bringsIn(group)) return;
      for (const each of opened) copies.push(cpuBit(pcpu, slot(each)), memoryBit(vcpu, slot(each)));
    },
  };
  const draft: Draft = {
    interpreter: control.interpreter.fork(inOrder, observer, phase),
    where: [...control.where],
    pending: [...control.pending],
    copies,
    actions,
    trapped: false,
    emulated: false,
  };
  return draft;
}

/** Ends a step. */
export const settled = (world: World, { interpreter, where, pending }: Draft): Control => ({
  interpreter: interpreter.fork(inOrder, undefined, phasesTried(world)[0]),
  where,
  pending,
});

/** States that are equal as text go on alike. */
export function controlKey({ policy }: World, { interpreter, where, pending }: Control): string {
  const foreign = policy.groups.some(({ restore }) => restore === "foreign");
  return JSON.stringify([where, pending, interpreter.state(foreign)]);
}
