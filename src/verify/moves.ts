import type { Phase } from "../model/adaptive.js";
import { answersReads, bringsIn } from "../policies/brings-in.js";
import { Kind } from "../trace/kinds.js";
import { draftOf, phasesTried, placeOf, settled, type Control, type Draft } from "./control.js";
import type { Action, Breach, EventName, WorldEvent } from "./event.js";
import {
  cpuBit,
  eventValue,
  guestBit,
  hostBit,
  memoryBit,
  pcpuCount,
  pendingBit,
  vcpuCount,
} from "./values.js";
import { wordOf, type World, type WorldRegister } from "./world.js";

/** An event from a state, and where it leads; `copies` are pairs of bits (to, from). */
export interface Move {
  readonly event: WorldEvent;
  readonly copies: readonly number[];
  readonly actions: readonly Action[];
  readonly next: Control;
  /** Of an event that breaks an invariant by itself. */
  readonly breach?: Breach;
}

const values = [0, 1] as const;

/** Everything that can happen in a state, in a fixed order. */
export function movesOf(world: World, control: Control): Move[] {
  const { registers, assumptions } = world;
  const moves: Move[] = [];

  /** Takes an event to where it leads, once for each way in which it may go. */
  function add(
    name: EventName,
    vcpu: number,
    pcpu: number,
    register: number,
    value: number,
    work: (draft: Draft) => void,
    tried: readonly (Phase | undefined)[] = [undefined],
  ): void {
    for (const phase of tried) {
      const draft = draftOf(world, control, phase);
      work(draft);
      const { copies, actions } = draft;
      moves.push({
        event: { name, vcpu, pcpu, register, value },
        copies,
        actions,
        next: settled(world, draft),
      });
    }
  }

  const step = (draft: Draft, kind: number, vcpu: number, pcpu: number, register = -1, value = 0): void => {
    const hasValue = register >= 0;
    const lo = hasValue ? wordOf(registers[register], value) : 0;
    draft.interpreter.step({ kind, register: register + 1, place: placeOf(pcpu, vcpu), hasValue, lo });
  };

  /** The fast path: EL2 takes the trap and goes straight back. */
  function accessTrapped(
    draft: Draft,
    kind: number,
    vcpu: number,
    pcpu: number,
    register: number,
    value: number,
  ): void {
    step(draft, Kind.fastExit, vcpu, pcpu);
    step(draft, kind, vcpu, pcpu, register, value);
    step(draft, Kind.entry, vcpu, pcpu);
  }

  /** Whether an access would trap now, and how. */
  function probe(kind: number, vcpu: number, pcpu: number, register: number): Draft {
    const draft = draftOf(world, control);
    step(draft, kind, vcpu, pcpu, register, 0);
    return draft;
  }

  const isThere = (register: number): boolean => registers[register].group?.trap !== "undefined";

  /** Whether the CPU of a loaded vCPU holds its value between two runs. */
  function isOnCpu(draft: Draft, vcpu: number, register: number): boolean {
    const { group, points, name } = registers[register];
    if (points.guest.restore !== "load") return false;
    return group === undefined || !bringsIn(group) || !draft.interpreter.look(vcpu, name).armed;
  }

  /** The hypervisor makes a write itself, between two runs. */
  function emulate(draft: Draft, vcpu: number, pcpu: number, register: number): void {
    const { group, name } = registers[register];
    const onCpu = assumptions.emulationTo === "value" && isOnCpu(draft, vcpu, register);
    draft.copies.push(onCpu ? cpuBit(pcpu, register) : memoryBit(vcpu, register), eventValue);
    draft.copies.push(guestBit(vcpu, register), eventValue);
    if (onCpu && group?.emulation !== "unmarked") draft.interpreter.mark(vcpu, name);
    // Who makes every write and saves nothing keeps what he wrote.
    if (onCpu && group?.save === "never") draft.copies.push(memoryBit(vcpu, register), eventValue);
  }

  function leave(draft: Draft, vcpu: number, pcpu: number): void {
    step(draft, Kind.fullExit, vcpu, pcpu);
    step(draft, Kind.runEnd, vcpu, pcpu);
    draft.where[vcpu] = { at: "host", pcpu };
  }

  function addWrite(vcpu: number, pcpu: number, register: number): void {
    const { group } = registers[register];
    const { trapped, emulated } = probe(Kind.guestWrite, vcpu, pcpu, register);
    for (const value of values) {
      add("write", vcpu, pcpu, register, value, (draft) => {
        if (!trapped) step(draft, Kind.guestWrite, vcpu, pcpu, register, value);
        else if (emulated && group?.path === "full") {
          step(draft, Kind.guestWrite, vcpu, pcpu, register, value);
          leave(draft, vcpu, pcpu);
          emulate(draft, vcpu, pcpu, register);
          return;
        } else {
          accessTrapped(draft, Kind.guestWrite, vcpu, pcpu, register, value);
          if (!emulated) step(draft, Kind.guestWrite, vcpu, pcpu, register, value);
        }
        draft.copies.push(cpuBit(pcpu, register), eventValue, guestBit(vcpu, register), eventValue);
        if (emulated && group?.save === "never") draft.copies.push(memoryBit(vcpu, register), eventValue);
      });
      if (!trapped || emulated) continue;
      add("trapped-write", vcpu, pcpu, register, value, (draft) => {
        accessTrapped(draft, Kind.guestWrite, vcpu, pcpu, register, value);
        draft.pending[vcpu] = register + 1;
        draft.copies.push(pendingBit(vcpu), eventValue);
      });
    }
    if (!assumptions.otherTraps || group?.claims !== "any") return;
    // Claimed, it opens what is not the cause: the retry traps again, and again.
    const breach = { invariant: "guest-goes-on", vcpu, pcpu, register, expected: -1, found: -1 } as const;
    const event = { name: "other-trap", vcpu, pcpu, register, value: 1 } as const;
    moves.push({ event, copies: [], actions: [], next: control, breach });
  }

  function addRetry(vcpu: number, pcpu: number): void {
    const register = control.pending[vcpu] - 1;
    const { trapped } = probe(Kind.guestWrite, vcpu, pcpu, register);
    add("retry", vcpu, pcpu, register, 0, (draft) => {
      if (trapped) {
        accessTrapped(draft, Kind.guestWrite, vcpu, pcpu, register, 0);
        return;
      }
      step(draft, Kind.guestWrite, vcpu, pcpu, register, 0);
      draft.copies.push(cpuBit(pcpu, register), pendingBit(vcpu));
      draft.copies.push(guestBit(vcpu, register), pendingBit(vcpu));
      // What is not wanted any more is always the same.
      draft.copies.push(pendingBit(vcpu), eventValue);
      draft.pending[vcpu] = 0;
    });
  }

  function addGuest(vcpu: number, pcpu: number): void {
    if (control.pending[vcpu] > 0) addRetry(vcpu, pcpu);
    else {
      registers.forEach(({ group, hardwareWrites }, register) => {
        if (!isThere(register)) return;
        addWrite(vcpu, pcpu, register);
        const isClosed = probe(Kind.guestRead, vcpu, pcpu, register).trapped;
        if (isClosed) {
          add("read", vcpu, pcpu, register, -1, (draft) =>
            accessTrapped(draft, Kind.guestRead, vcpu, pcpu, register, 0),
          );
        }
        const isOut = isClosed || (group !== undefined && readsMemory(control, registers[register], vcpu));
        if (!hardwareWrites || isOut) return;
        for (const value of values) {
          add("hardware-write", vcpu, pcpu, register, value, ({ copies }) =>
            copies.push(cpuBit(pcpu, register), eventValue, guestBit(vcpu, register), eventValue),
          );
        }
      });
    }
    add("exit", vcpu, pcpu, -1, -1, (draft) => leave(draft, vcpu, pcpu));
    if (registers.some(({ points: { guest, host } }) => [guest.save, host?.restore].includes("exit"))) {
      add("fast-exit", vcpu, pcpu, -1, -1, (draft) => {
        step(draft, Kind.fastExit, vcpu, pcpu);
        step(draft, Kind.entry, vcpu, pcpu);
      });
    }
  }

  function addLoaded(vcpu: number, pcpu: number): void {
    add(
      "enter",
      vcpu,
      pcpu,
      -1,
      -1,
      (draft) => {
        step(draft, Kind.runStart, vcpu, pcpu);
        step(draft, Kind.entry, vcpu, pcpu);
        draft.where[vcpu] = { at: "guest", pcpu };
      },
      phasesTried(world),
    );
    add("put", vcpu, pcpu, -1, -1, (draft) => {
      step(draft, Kind.put, vcpu, pcpu);
      draft.where[vcpu] = { at: "out" };
    });
    add(
      "idle-run",
      vcpu,
      pcpu,
      -1,
      -1,
      (draft) => {
        step(draft, Kind.runStart, vcpu, pcpu);
        step(draft, Kind.runEnd, vcpu, pcpu);
      },
      phasesTried(world),
    );
    registers.forEach((_, register) => {
      if (!isThere(register)) return;
      for (const value of values) {
        add("emulate", vcpu, pcpu, register, value, (draft) => emulate(draft, vcpu, pcpu, register));
      }
    });
  }

  /** A host writes what its hypervisor's code will look at again before it brings a guest's value in. */
  function addHost(pcpu: number): void {
    const loaded = control.where.some((place) => place.at !== "out" && place.pcpu === pcpu);
    const running = control.where.some((place) => place.at === "guest" && place.pcpu === pcpu);
    registers.forEach(({ name, group, class: kind, points: { host } }, register) => {
      if (host === undefined) {
        // The host's own state is fetched by its own next use (fpsimd_thread_switch, fpsimd_restore_current_state).
        if (kind !== "fp" || loaded) return;
        for (const value of values) {
          add("host-write", -1, pcpu, register, value, ({ copies }) =>
            copies.push(cpuBit(pcpu, register), eventValue),
          );
        }
        return;
      }
      if (host.save === "load" ? loaded : running) return;
      const isConstant = group?.host === "dirty-once" && !assumptions.hostWrites;
      if (isConstant && !control.interpreter.savesHost(pcpu, name)) return;
      for (const value of values) {
        add("host-write", -1, pcpu, register, value, ({ copies }) =>
          copies.push(cpuBit(pcpu, register), eventValue, hostBit(pcpu, register), eventValue),
        );
      }
    });
  }

  for (let vcpu = 0; vcpu < vcpuCount; vcpu++) {
    const place = control.where[vcpu];
    if (place.at === "guest") addGuest(vcpu, place.pcpu);
    else if (place.at === "host") addLoaded(vcpu, place.pcpu);
    else {
      for (let pcpu = 0; pcpu < pcpuCount; pcpu++) {
        if (control.where.some((other) => other.at !== "out" && other.pcpu === pcpu)) continue;
        add(
          "load",
          vcpu,
          pcpu,
          -1,
          -1,
          (draft) => {
            step(draft, Kind.load, vcpu, pcpu);
            draft.where[vcpu] = { at: "host", pcpu };
          },
          phasesTried(world),
        );
      }
      registers.forEach((_, register) => {
        if (!isThere(register)) return;
        for (const value of values) {
          add("user-write", vcpu, -1, register, value, ({ copies }) =>
            copies.push(memoryBit(vcpu, register), eventValue, guestBit(vcpu, register), eventValue),
          );
        }
      });
    }
  }
  for (let pcpu = 0; pcpu < pcpuCount; pcpu++) addHost(pcpu);
  return moves;
}

/** Whether a guest's read is answered from memory, by a trap that opens nothing. */
export const readsMemory = (
  { interpreter }: Control,
  { name, class: kind, group }: WorldRegister,
  vcpu: number,
): boolean => group !== undefined && answersReads(group, kind) && interpreter.look(vcpu, name).armed;
