/** One access of EL2 that may turn out to be part of the switch code. */
export interface Access {
  readonly time: number;
  readonly write: boolean;
  /** Encoding without EL12, EL02 or E2H redirection. */
  readonly encoding: number;
  readonly role: number;
  /** Low half of the address of the instruction. */
  readonly pc: number;
  readonly hasValue: boolean;
  readonly lo: number;
  readonly hi: number;
}

/** Where a pCPU is between two passes through the host. */
export const Zone = {
  /** In the host, or in EL2 on the host's behalf. */
  host: 0,
  /** nVHE: in EL2, called by the host; the guest's traps are not yet set up. */
  before: 1,
  /** The guest's traps are set up, the guest has not been entered. */
  entering: 2,
  guest: 3,
  /** In EL2 after a guest exit, the guest's traps still set up. */
  leaving: 4,
  /** The guest's traps are gone, the host's state is being put back. */
  after: 5,
} as const;

/** Syndrome of the exit that EL2 is handling. */
export interface PendingExit {
  readonly time: number;
  readonly hasValue: boolean;
  readonly lo: number;
  readonly hi: number;
}

/** What is known of one pCPU. */
export interface Cpu {
  readonly pcpu: number;
  hcrLo: number;
  hcrHi: number;
  vttbrHi: number;
  vmpidr: number;
  /** Where EL2 will return to: SPSR_EL2.M, or -1 if unknown. */
  returnMode: number;
  zone: number;
  /** Whether a run was begun in the trace (`run-start` written). */
  running: boolean;
  /** The vCPU of the run at hand. */
  vcpu: number;
  /** Accesses of the zone at hand, in order. */
  span: Access[];
  exit: PendingExit | undefined;
  /** Registers of class common that the host saved in this run and that are to be restored. */
  hostCommon: number[];
  lastTime: number;
}

export function newCpu(pcpu: number): Cpu {
  return {
    pcpu,
    hcrLo: 0,
    hcrHi: 0,
    vttbrHi: 0,
    vmpidr: pcpu,
    returnMode: -1,
    zone: Zone.host,
    running: false,
    vcpu: -1,
    span: [],
    exit: undefined,
    hostCommon: [],
    lastTime: 0,
  };
}

const hcrVm = 1 << 0;
const hcrImo = 1 << 4;
const hcrTge = 1 << 27;
const hcrE2h = 1 << 2; // bit 34
const hcrApi = (1 << 8) | (1 << 9); // APK and API, bits 40 and 41

export const usesE2h = (cpu: Cpu): boolean => (cpu.hcrHi & hcrE2h) !== 0;
export const trapsPauth = (cpu: Cpu): boolean => (cpu.hcrHi & hcrApi) === 0;
export const vmidOf = (cpu: Cpu): number => cpu.vttbrHi >>> 16;

/**
 * Whether the traps of a guest are in force. VM and not TGE with a VMID is the model's rule (a protected host
 * runs under VMID 0); IMO tells a guest from KVM's TLB maintenance under the guest's VMID, which leaves the
 * host's HCR_EL2 but for TGE.
 */
export function inGuestWorld(cpu: Cpu): boolean {
  return (
    (cpu.hcrLo & hcrVm) !== 0 && (cpu.hcrLo & hcrTge) === 0 && (cpu.hcrLo & hcrImo) !== 0 && vmidOf(cpu) !== 0
  );
}
