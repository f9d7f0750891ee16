import { fpsimdEncoding } from "../registers/table-fp.js";
import type { TraceHeader } from "../trace/header.js";
import { Kind, kindName } from "../trace/kinds.js";
import type { Finding } from "./finding.js";

const pointsOf = {
  loads: [Kind.load, Kind.put],
  runs: [Kind.runStart, Kind.runEnd],
  switches: [Kind.saveGuest, Kind.restoreGuest, Kind.saveHost, Kind.restoreHost],
} as const;

/**
 * What a trace holds that its header says it cannot. The reverse, that nothing is there of what the recorder would
 * have seen, happens in a short recording.
 */
export function capabilityFindings(
  { capabilities, tally, registers }: Pick<TraceHeader, "capabilities" | "tally" | "registers">,
  values: number,
): Finding[] {
  const findings: Finding[] = [];
  const fp = registers.indexOf(fpsimdEncoding);
  const isFp = (register: number): boolean => register > 0 && register === fp;
  const count = (kinds: readonly number[]): number =>
    tally.reduce((sum, [kind, register, , n]) => {
      return kinds.includes(kind) && !isFp(register) ? sum + n : sum;
    }, 0);
  const deny = (name: string, value: string | boolean, kinds: readonly number[]): void => {
    const n = count(kinds);
    if (n === 0) return;
    const held = kinds.map((kind) => kindName(kind)).join(", ");
    const what = `the capability "${name}" is ${String(value)}, and there are such events (${held})`;
    findings.push({ kind: "capability", what, count: n });
  };
  const { loads, runs, switches, entries, guestWrites, guestReads, fpUse } = capabilities;
  if (!loads) deny("loads", loads, pointsOf.loads);
  if (!runs) deny("runs", runs, pointsOf.runs);
  if (!switches) deny("switches", switches, pointsOf.switches);
  if (entries === "none") deny("entries", entries, [Kind.entry, Kind.fullExit, Kind.fastExit]);
  if (entries === "full-only") deny("entries", entries, [Kind.fastExit]);
  if (guestWrites !== "all") deny("guestWrites", guestWrites, [Kind.guestWrite]);
  if (guestReads !== "all" && guestReads !== "filtered") deny("guestReads", guestReads, [Kind.guestRead]);
  if (guestReads === "none") deny("guestReads", guestReads, [Kind.emulatedRead]);
  if (guestWrites === "none") deny("guestWrites", guestWrites, [Kind.emulatedWrite]);
  if (!capabilities.values && values > 0) {
    const what = 'the capability "values" is false, and there are accesses with values';
    findings.push({ kind: "capability", what, count: values });
  }
  const uses = tally.reduce((sum, [kind, register, , n]) => {
    return kind === Kind.guestRead && isFp(register) ? sum + n : sum;
  }, 0);
  if (fpUse === "none" && uses > 0) {
    const what = 'the capability "fpUse" is none, and there are uses of the FP/SIMD registers';
    findings.push({ kind: "capability", what, count: uses });
  }
  return findings;
}
