import { TraplineError } from "../errors.js";
import type { Group } from "../policies/policy.js";

/** What a world does beyond what its hypervisor's policy says. */
export interface Assumptions {
  /** Registers that are not in the table of hardware writers change in the guest without a write. */
  readonly hardwareWrites: boolean;
  /** The host writes its registers at any time, also where its context is saved only once. */
  readonly hostWrites: boolean;
  /** Where the hypervisor itself writes a register of a loaded vCPU: where the value is, or always in memory. */
  readonly emulationTo: "value" | "memory";
  /** The registers' accesses trap for other causes too: HCR_EL2.TVM, fine-grained UNDEF, a guest hypervisor's traps. */
  readonly otherTraps: boolean;
}

export const plainAssumptions: Assumptions = {
  hardwareWrites: false,
  hostWrites: false,
  emulationTo: "value",
  otherTraps: false,
};

/** A way in which a policy could be built otherwise, or in which the world could do more. */
export interface WhatIf {
  readonly name: string;
  readonly text: string;
  readonly source: string;
  /** Words of the policy form that every group that is tracked gets. */
  readonly group?: Partial<Group>;
  readonly world?: Partial<Assumptions>;
}

const thread = 'discussion of "KVM: arm64: Only save S1PIE registers when dirty", March 2024';

export const whatIfs: readonly WhatIf[] = [
  {
    name: "host-writes",
    text: "the host writes its registers after its context was first saved",
    source: `${thread}; Linux writes PIR_EL1 and PIRE0_EL1 once, in __cpu_setup`,
    world: { hostWrites: true },
  },
  {
    name: "host-starts-clean",
    text: "the context of the host does not start dirty",
    source: "kvm_init_host_cpu_context of the patch marks it",
    group: { hostStarts: "clean" },
  },
  {
    name: "emulation-memory",
    text: "the hypervisor's own writes to a loaded vCPU go to its memory copy",
    source: "vcpu_write_sys_reg up to v6.12, for registers that __vcpu_write_sys_reg_to_cpu does not list",
    world: { emulationTo: "memory" },
  },
  {
    name: "emulation-unmarked",
    text: "the hypervisor's own writes to the CPU's copy do not mark the register dirty",
    source: "vcpu_write_sys_reg since 14ca930d828b (v6.13), which knows of no marks",
    group: { emulation: "unmarked" },
  },
  {
    name: "hardware-writes",
    text: "hardware changes the registers without a write",
    source: "Arm ARM: exception entry, AT, stack pointer use, tag checks",
    world: { hardwareWrites: true },
  },
  {
    name: "marks-written",
    text: "a trap opens the group and marks only the register that was written",
    source: thread,
    group: { opens: "group", marks: "written" },
  },
  {
    name: "each-written",
    text: "a trap opens and marks only the register that was written",
    source: thread,
    group: { opens: "written", marks: "written" },
  },
  {
    name: "opens-written",
    text: "a trap opens only the register that was written and marks the group",
    source: thread,
    group: { opens: "written", marks: "group" },
  },
  {
    name: "claims-any",
    text: "the handler takes every trap of its registers for its own, and accesses trap for other causes too",
    source: "HCR_EL2.TVM and TRVM set by a guest hypervisor; fine-grained UNDEF since 58627b722ee2 (v6.9)",
    group: { claims: "any" },
    world: { otherTraps: true },
  },
];

/** A what-if by name. Throws `usage`. */
export function whatIfNamed(name: string): WhatIf {
  const found = whatIfs.find((each) => each.name === name);
  if (found !== undefined) return found;
  const known = whatIfs.map((each) => each.name).join(", ");
  throw new TraplineError("usage", `there is no what-if "${name}"`, {}, `Known: ${known}; or all`);
}
