/** How a value goes wrong. */
export const lossKinds = {
  lost: "not in the memory copy after it was to be saved",
  stale: "not in the CPU when the guest can read it",
  host: "the host's own value is not back",
  hang: "a trap for another cause is taken for one of the group's, and taken again",
} as const;

export type LossKind = keyof typeof lossKinds;

/** A value that a policy loses, at the event where it does. */
export interface Loss {
  readonly kind: LossKind;
  /** Clock units of the pCPU. */
  readonly time: number;
  readonly pcpu: number;
  /** Index; -1 for the host's. */
  readonly vcpu: number;
  readonly register: string;
  /** Null where it is not about values. */
  readonly expected: string | null;
  readonly found: string | null;
}
