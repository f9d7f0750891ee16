import { Kind } from "../trace/kinds.js";
import { draftOf, placeOf, type Control } from "./control.js";
import type { Breach } from "./event.js";
import { readsMemory } from "./moves.js";
import { bitOf, cpuBit, guestBit, hostBit, memoryBit, pcpuCount, vcpuCount } from "./values.js";
import type { World } from "./world.js";

/** Two bits that must be equal, and what is broken where they are not. */
export interface Equality extends Pick<Breach, "invariant" | "vcpu" | "pcpu" | "register"> {
  readonly expected: number;
  readonly found: number;
}

/** What must hold in every state that shares a control. */
export interface Checks {
  readonly equal: readonly Equality[];
  /** What is broken whatever the values are. */
  readonly broken: readonly Breach[];
}

export function checksOf(world: World, control: Control): Checks {
  const equal: Equality[] = [];
  const broken: Breach[] = [];
  const { registers } = world;
  for (let vcpu = 0; vcpu < vcpuCount; vcpu++) {
    const place = control.where[vcpu];
    registers.forEach((own, register) => {
      if (own.group?.trap === "undefined") return;
      const expected = guestBit(vcpu, register);
      if (place.at === "out") {
        const found = memoryBit(vcpu, register);
        equal.push({ invariant: "memory-right", vcpu, pcpu: -1, register, expected, found });
      }
      if (place.at !== "guest") return;
      const { pcpu } = place;
      // A read that traps is answered from memory, or brings what is there in.
      const draft = draftOf(world, control);
      const event = { register: register + 1, place: placeOf(pcpu, vcpu), hasValue: false, lo: 0 };
      draft.interpreter.step({ ...event, kind: Kind.guestRead });
      const fromMemory =
        readsMemory(control, own, vcpu) || (draft.trapped && draft.copies.includes(cpuBit(pcpu, register)));
      const found = fromMemory ? memoryBit(vcpu, register) : cpuBit(pcpu, register);
      equal.push({ invariant: "guest-reads", vcpu, pcpu, register, expected, found });
      const { armed, saved } = control.interpreter.look(vcpu, own.name);
      // Every write made by the hypervisor, there is nothing to save.
      if (!armed && !saved) {
        broken.push({ invariant: "open-is-dirty", vcpu, pcpu, register, expected: -1, found: -1 });
      }
    });
  }
  for (let pcpu = 0; pcpu < pcpuCount; pcpu++) {
    const loaded = control.where.some((place) => place.at !== "out" && place.pcpu === pcpu);
    const running = control.where.some((place) => place.at === "guest" && place.pcpu === pcpu);
    registers.forEach(({ points: { host } }, register) => {
      if (host === undefined || (host.restore === "put" ? loaded : running)) return;
      const [expected, found] = [hostBit(pcpu, register), cpuBit(pcpu, register)];
      equal.push({ invariant: "host-reads", vcpu: -1, pcpu, register, expected, found });
    });
  }
  return { equal, broken };
}

/** The first thing that is broken about the values of a state. */
export function brokenValue({ equal }: Checks, values: number): Breach | undefined {
  for (const { expected, found, ...where } of equal) {
    if (bitOf(values, expected) === bitOf(values, found)) continue;
    return { ...where, expected: bitOf(values, expected), found: bitOf(values, found) };
  }
  return undefined;
}
