/**
 * What a recording could see. A policy states what it needs; a need that is not met is an error that names
 * both, never a zero.
 */
export interface Capabilities {
  /** `all`: every MSR of the guest. `trapped-only`: those that exited. */
  readonly guestWrites: "all" | "trapped-only" | "none";
  /** `filtered`: the recorder left out frequent reads (a log that holds no ordinary instruction). */
  readonly guestReads: "all" | "filtered" | "trapped-only" | "none";
  /** Whether written values are known. */
  readonly values: boolean;
  /** `full-only`: exits handled on EL2's fast path are not seen. */
  readonly entries: "all" | "full-only" | "none";
  readonly runs: boolean;
  readonly loads: boolean;
  /** What the recorded hypervisor itself saved and restored. */
  readonly switches: boolean;
  /** Use of FP/SIMD registers: seen where the recorded kernel trapped the first use. */
  readonly fpUse: "first-use" | "none";
  /**
   * Use of pointer authentication: seen where it always trapped (HCR_EL2.API = 0). `modelled`: the guest was not seen
   * to use it, and a model says when it does.
   */
  readonly pauthUse: "trapped" | "modelled" | "none";
}

/** Of a recorder that misses nothing, and of traces that were made up. */
export const seesAll: Capabilities = {
  guestWrites: "all",
  guestReads: "all",
  values: true,
  entries: "all",
  runs: true,
  loads: true,
  switches: true,
  fpUse: "first-use",
  pauthUse: "none",
};

export type Capability = keyof Capabilities;

/** What each capability means, for messages and `inspect`. */
export const capabilityText: Readonly<Record<Capability, string>> = {
  guestWrites: "system register writes of the guest",
  guestReads: "system register reads of the guest",
  values: "written values",
  entries: "guest entries and exits",
  runs: "runs (start and end of the switch code)",
  loads: "vcpu_load and vcpu_put",
  switches: "what the recorded kernel saved and restored",
  fpUse: "use of FP/SIMD registers",
  pauthUse: "use of pointer authentication",
};

const isCapability = (name: string): name is Capability => Object.hasOwn(capabilityText, name);

/** All of them, in the order in which they are shown. */
export const capabilityNames: readonly Capability[] = Object.keys(capabilityText).filter(isCapability);
