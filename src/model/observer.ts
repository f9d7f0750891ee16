import type { Group } from "../policies/policy.js";

/** The registers whose traps a trap opened, and those that it marked dirty. */
export interface Trapped {
  readonly opened: readonly string[];
  readonly marked: readonly string[];
}

/**
 * Is told what a policy does, register by register and in the order in which it does it: for those who carry the
 * values that it moves. `done` is false where the policy leaves the register out.
 */
export interface Observer {
  saveGuest(register: string, vcpu: number, pcpu: number, done: boolean): void;
  restoreGuest(register: string, vcpu: number, pcpu: number, done: boolean): void;
  saveHost(register: string, pcpu: number, done: boolean): void;
  restoreHost(register: string, pcpu: number, done: boolean): void;
  /** An access trapped. */
  trap(register: string, group: Group, did: Trapped, vcpu: number, pcpu: number): void;
}
