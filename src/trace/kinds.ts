/**
 * What an event can be. The numbers are written to files: they are never reused or changed.
 *
 * The names are the terms of the replay model: a run is one pass through `__kvm_vcpu_run`; entries and
 * exits are an `ERET` into the guest and an exception from it, several or none in a run.
 */
export const Kind = {
  /** vcpu_load. */
  load: 0,
  /** vcpu_put. */
  put: 1,
  runStart: 2,
  runEnd: 3,
  /** An ERET into the guest. */
  entry: 4,
  /** A guest exit after which the run ended. Its value is the reason, see `exits.ts`. */
  fullExit: 5,
  /** A guest exit that EL2 handled on its fast path: the next event of the vCPU's pCPU is an entry. */
  fastExit: 6,
  /** An MSR of the guest that retired. One that trapped is an exit; its retry is a write. */
  guestWrite: 7,
  /** An MRS of the guest, or another use that changes nothing (first use of FPSIMD). */
  guestRead: 8,
  /** What the recorded kernel's switch code did, for the guest's context and (nVHE) for the host's. */
  saveGuest: 9,
  restoreGuest: 10,
  saveHost: 11,
  restoreHost: 12,
  /** EL2 looked at or changed a guest's register outside the switch code. */
  hypRead: 13,
  hypWrite: 14,
  /** The VMM looked at or changed a vCPU's register (KVM_GET_ONE_REG, KVM_SET_ONE_REG). */
  userRead: 15,
  userWrite: 16,
  /** The recorder lost events here; the value is how many, 0 if unknown. */
  lost: 17,
  /** An MSR or MRS of the guest that trapped and that the hypervisor did itself: it never retires. */
  emulatedWrite: 18,
  emulatedRead: 19,
} as const;

export type KindName = keyof typeof Kind;
export type KindNumber = (typeof Kind)[KindName];

const isKindName = (name: string): name is KindName => Object.hasOwn(Kind, name);

/** Names by number. */
export const kindNames: readonly KindName[] = Object.keys(Kind).filter(isKindName);

export const kindCount = kindNames.length;

/** What a guest does with a register of its own, whether its hypervisor let it through or did it for the guest. */
export const accessKinds: ReadonlySet<number> = new Set([
  Kind.guestWrite,
  Kind.guestRead,
  Kind.emulatedWrite,
  Kind.emulatedRead,
]);

export function kindName(kind: number): KindName {
  const name = kindNames[kind];
  if (name === undefined) throw new RangeError(`no event kind ${kind}`);
  return name;
}
