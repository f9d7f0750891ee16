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

/** Longest span of one zone; an honest pass through the switch code makes some hundred accesses. */
export const maxSpan = 1 << 14;

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
  /** Whether the recording has given VTTBR_EL2 yet. */
  vttbrKnown: boolean;
  vttbrHi: number;
  vmpidr: number;
  /** The host was seen below EL2 although E2H is set: the hypervisor is nVHE code in hVHE dress. */
  hostAtEl1: boolean;
  /** Exception level of what retired last, -1 if unknown. */
  level: number;
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
  /** VHE: registers of class common that the host saved in this run and that are to be restored. */
  hostCommon: number[];
  /** nVHE: registers of the guest that were restored before its traps were set up. */
  restored: ReadonlySet<number>;
  /** The vCPU that was given its FP registers, but has not yet tried again what it needs them for; -1 for none. */
  fpRetry: number;
  lastTime: number;
}

export function newCpu(pcpu: number): Cpu {
  return {
    pcpu,
    hcrLo: 0,
    hcrHi: 0,
    vttbrKnown: false,
    vttbrHi: 0,
    vmpidr: pcpu,
    hostAtEl1: false,
    level: -1,
    returnMode: -1,
    zone: Zone.host,
    running: false,
    vcpu: -1,
    span: [],
    exit: undefined,
    hostCommon: [],
    restored: new Set(),
    fpRetry: -1,
    lastTime: 0,
  };
}

const hcrVm = 1 << 0;
const hcrImo = 1 << 4;
const hcrTge = 1 << 27;
const hcrE2h = 1 << 2; // bit 34
const hcrApi = (1 << 8) | (1 << 9); // APK and API, bits 40 and 41

export const usesE2h = (cpu: Cpu): boolean => (cpu.hcrHi & hcrE2h) !== 0;
/** The host's kernel runs at EL2. */
export const isVhe = (cpu: Cpu): boolean => usesE2h(cpu) && !cpu.hostAtEl1;
export const trapsPauth = (cpu: Cpu): boolean => (cpu.hcrHi & hcrApi) === 0;
export const vmidOf = (cpu: Cpu): number => cpu.vttbrHi >>> 16;

/**
 * Whether HCR_EL2 is a guest's. VM tells a guest from a plain host. A protected nVHE host runs with VM set too,
 * but takes its own interrupts: IMO is clear then. KVM's TLB maintenance for a guest loads the guest's VTTBR_EL2
 * but leaves HCR_EL2 the host's, or clears TGE in it at most.
 */
export const hasGuestTraps = (cpu: Cpu): boolean =>
  (cpu.hcrLo & hcrVm) !== 0 && (cpu.hcrLo & hcrTge) === 0 && (cpu.hcrLo & hcrImo) !== 0;

/** Whether what retires below EL2 is a guest's: VMID 0 is the protected host's. */
export const inGuestWorld = (cpu: Cpu): boolean => hasGuestTraps(cpu) && vmidOf(cpu) !== 0;

/**
 * Code below EL2 in the host's world: under E2H without TGE it is the kernel of an hVHE host. With TGE it is a
 * VHE host's user space; with IMO it would be a guest whose VTTBR_EL2 the recording did not give.
 */
export function noteHostBelow(cpu: Cpu): void {
  if (usesE2h(cpu) && (cpu.hcrLo & (hcrTge | hcrImo)) === 0) cpu.hostAtEl1 = true;
}
