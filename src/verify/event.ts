/** What can happen in the small world. */
export type EventName =
  | "load"
  | "put"
  | "enter"
  | "exit"
  /** A run that an interrupt ended before the guest was entered. */
  | "idle-run"
  /** An exit that EL2 handled itself, for a reason that is none of the group's. */
  | "fast-exit"
  /** A guest's write, its trap and its retry included, if it traps. */
  | "write"
  /** A guest's write that traps; the guest is back, and has not tried again. */
  | "trapped-write"
  /** ... and now it has. */
  | "retry"
  /** A write that traps for a cause that is none of the group's. */
  | "other-trap"
  | "read"
  | "hardware-write"
  /** KVM_SET_ONE_REG, of a vCPU that is not loaded. */
  | "user-write"
  /** The hypervisor itself changes a register of a loaded vCPU, between two runs. */
  | "emulate"
  | "host-write";

/** An event; what does not belong to it is -1. */
export interface WorldEvent {
  readonly name: EventName;
  readonly vcpu: number;
  readonly pcpu: number;
  /** Index of a register of the world. */
  readonly register: number;
  readonly value: number;
}

/** What must hold in every state. */
export const invariants = {
  "guest-reads": "a guest reads what it last wrote",
  "memory-right": "the memory copy is right whenever the vCPU is not loaded",
  "host-reads": "the host sees its own value",
  "open-is-dirty": "an open register is dirty",
  "guest-goes-on": "a trap that is handled lets the guest go on",
} as const;

export type Invariant = keyof typeof invariants;

/** What breaks an invariant, and where: values are 0 or 1, -1 where it is not about values. */
export interface Breach {
  readonly invariant: Invariant;
  /** Whose register it is: a vCPU's, or with -1 the host's. */
  readonly vcpu: number;
  readonly pcpu: number;
  readonly register: number;
  readonly expected: number;
  readonly found: number;
}

/** What the hypervisor did at an event, register by register. */
export interface Action {
  readonly what:
    | "traps"
    | "opens"
    | "marks"
    | "emulates"
    | "saves"
    | "leaves"
    | "restores"
    | "skips"
    | "saves-host"
    | "leaves-host"
    | "restores-host";
  readonly registers: readonly string[];
}
