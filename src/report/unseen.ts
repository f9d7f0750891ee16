import type { Capabilities } from "../trace/capabilities.js";

/**
 * What a recording that saw a part of the guest's exits alone cannot show, most important first. Empty for one that
 * logged what the guest itself did.
 */
export function unseenText(capabilities: Capabilities): string[] {
  const { entries, guestWrites, values, runs, loads, switches, fpUse } = capabilities;
  if (entries !== "full-only" && guestWrites === "all") return [];
  const lacks: [boolean, string][] = [
    [guestWrites === "trapped-only", "register accesses of the guest that did not trap"],
    [guestWrites === "none", "register accesses of the guest"],
    [
      entries === "full-only",
      "guest exits that EL2 handled on its fast path; whether a run entered the guest",
    ],
    [!values, "values of registers"],
    [!runs, "runs"],
    [!loads, "vcpu_load and vcpu_put: record sched_switch, or KVM's timer events, too"],
    [!switches, "what the recorded kernel saved and restored"],
    [fpUse === "none", "use of FP/SIMD registers"],
  ];
  return lacks.flatMap(([isLacking, what]) => (isLacking ? [what] : []));
}
