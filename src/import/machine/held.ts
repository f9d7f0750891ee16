import { Kind } from "../../trace/kinds.js";
import type { Access, Cpu } from "./cpu.js";
import type { Recorder } from "./recorder.js";
import { near } from "./switch-code.js";

/**
 * The guest's timer and vGIC state on a VHE host. While a vCPU is loaded it is that vCPU's. Around it
 * kvm_arch_vcpu_put saves them after the EL1 state, and kvm_arch_vcpu_load restores them before, so that what
 * is restored has to be held until the load tells for whom.
 */
export interface GuestOnly {
  /** `owner` gives the vCPU that is loaded or, `after` its put, was. */
  access(access: Access, owner: () => number, after: boolean): void;
  /** The host did something else, at this address. */
  apart(pc: number): void;
  /** What was held belongs to the vCPU whose load begins. */
  release(vcpu: number): void;
}

/** More than a load can hold in an honest recording. */
const most = 4096;

export function createGuestOnly(cpu: Cpu, recorder: Recorder): GuestOnly {
  let held: Access[] = [];
  /** Address of the last access after a put while its stretch of code goes on, and whether that began with a read. */
  let pc = 0;
  let together = false;
  let saving = false;

  function emit(access: Access, vcpu: number): void {
    if (vcpu >= 0) recorder.access(access.write ? Kind.restoreGuest : Kind.saveGuest, access, cpu.pcpu, vcpu);
  }

  return {
    access(access, owner, after) {
      if (!after) {
        emit(access, owner());
        return;
      }
      // Saving a timer also disables it: a write in code that began with a read is still the put's.
      if (!together || !near(pc, access.pc)) saving = !access.write;
      ({ pc } = access);
      together = true;
      if (saving) emit(access, owner());
      else if (held.length < most) held.push(access);
    },
    apart(at) {
      if (!near(pc, at)) together = false;
    },
    release(vcpu) {
      const due = held;
      held = [];
      together = false;
      for (const access of due) emit(access, vcpu);
    },
  };
}
