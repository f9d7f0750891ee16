import { TraplineError } from "../errors.js";
import type { TraceHeader, Vcpu } from "../trace/header.js";

/** Indices of vCPUs in the order of VMID and MPIDR: a trace numbers them as they appear, which is chance. */
export function byMpidr(vcpus: readonly Vcpu[]): number[] {
  return [...vcpus.keys()].toSorted(
    (a, b) => vcpus[a].vm - vcpus[b].vm || vcpus[a].mpidr - vcpus[b].mpidr || a - b,
  );
}

/** Refuses a trace that exits cannot be laid over: one that has them, or whose vCPUs have no pCPU each. */
export function checkBare({ mode, modelled, capabilities, places }: TraceHeader, file: string): void {
  const { entries, runs, loads } = capabilities;
  const refuse = (message: string): TraplineError => {
    return new TraplineError("unsupported", message, { file }, "--exits is for a guest without a hypervisor");
  };
  if (modelled !== undefined) throw refuse("already has modelled parts");
  if (mode !== "none" || entries !== "none" || runs || loads) {
    throw refuse("already shows what its hypervisor did");
  }
  const seen = new Map<string, number>();
  for (let at = 0; at < places.length; at += 2) {
    const [pcpu, vcpu] = [places[at], places[at + 1]];
    if (vcpu < 0) continue;
    for (const [key, value] of [
      [`pcpu ${pcpu}`, vcpu],
      [`vcpu ${vcpu}`, pcpu],
    ] as const) {
      if ((seen.get(key) ?? value) !== value) throw refuse("shows a guest that moves between CPUs");
      seen.set(key, value);
    }
  }
}
