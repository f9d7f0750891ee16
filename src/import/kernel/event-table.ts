/** An event of a host's tracing that says something about a guest's registers, or about who runs. */
export interface HostEventRow {
  readonly system: "kvm" | "sched";
  readonly name: string;
  /** Fields that are read, in the order of `HostEvent.lo`; each under the names that kernels gave it, newest first. */
  readonly fields: readonly (readonly string[])[];
  readonly meaning: string;
  /** Where it is defined, in Linux v6.12. */
  readonly source: string;
}

const arm = "arch/arm64/kvm/trace_arm.h";
const handleExit = "arch/arm64/kvm/trace_handle_exit.h";
const generic = "include/trace/events/kvm.h";

/** Row numbers. */
export const HostKind = {
  entry: 0,
  exit: 1,
  sysReg: 2,
  sysAccess: 3,
  guestFault: 4,
  userspaceExit: 5,
  wakeup: 6,
  timerRestore: 7,
  timerSave: 8,
  timerMap: 9,
  switch: 10,
} as const;

/** `kvm_exit`'s `ret`, ARM_EXCEPTION_CODE: arch/arm64/include/asm/kvm_asm.h. */
export const ExitCode = { irq: 0, serror: 1, trap: 2 } as const;

/**
 * Events that are read. All others are counted and passed over. None of these bears a vCPU's number, except
 * `kvm_get_timer_map`: a vCPU is known by the thread that runs it.
 */
export const hostEvents: readonly HostEventRow[] = [
  {
    system: "kvm",
    name: "kvm_entry",
    fields: [],
    meaning: "a run begins; the guest is entered, unless an interrupt is pending",
    source: arm,
  },
  {
    system: "kvm",
    name: "kvm_exit",
    fields: [
      ["ret", "idx"],
      ["esr_ec", "exit_reason"],
    ],
    meaning: "a run is over, and why its last guest exit came; IRQ also if the guest was not entered",
    source: arm,
  },
  {
    system: "kvm",
    name: "kvm_handle_sys_reg",
    fields: [["hsr"]],
    meaning: "ESR_EL2 of an exit of class SYS64",
    source: handleExit,
  },
  {
    system: "kvm",
    name: "kvm_sys_access",
    fields: [["is_write"], ["Op0"], ["Op1"], ["CRn"], ["CRm"], ["Op2"]],
    meaning: "KVM carries out a trapped MSR or MRS, or finds that the guest may not have it",
    source: "arch/arm64/kvm/trace_handle_exit.h",
  },
  {
    system: "kvm",
    name: "kvm_guest_fault",
    fields: [["hsr"]],
    meaning: "ESR_EL2 of a guest's abort",
    source: arm,
  },
  {
    system: "kvm",
    name: "kvm_userspace_exit",
    fields: [],
    meaning: "KVM_RUN returns: the vCPU was put just before",
    source: generic,
  },
  {
    system: "kvm",
    name: "kvm_vcpu_wakeup",
    fields: [["waited"]],
    meaning:
      "a vCPU that waited for an interrupt goes on; one that `waited` gave up its CPU, one that polled did not",
    source: generic,
  },
  {
    system: "kvm",
    name: "kvm_timer_restore_state",
    fields: [["timer_idx"]],
    meaning: "vcpu_load restores a timer: two on VHE, one on nVHE",
    source: arm,
  },
  {
    system: "kvm",
    name: "kvm_timer_save_state",
    fields: [["timer_idx"]],
    meaning: "vcpu_put saves a timer: two on VHE, one on nVHE",
    source: arm,
  },
  {
    system: "kvm",
    name: "kvm_get_timer_map",
    fields: [["vcpu_id"], ["direct_ptimer"], ["emul_ptimer"]],
    meaning: "which timers the hardware has: the physical one on VHE, where nVHE emulates it",
    source: arm,
  },
  {
    system: "sched",
    name: "sched_switch",
    fields: [["prev_pid"], ["next_pid"]],
    meaning: "the CPU goes from one thread to another: a loaded vCPU is put, or loaded again",
    source: "include/trace/events/sched.h",
  },
];
