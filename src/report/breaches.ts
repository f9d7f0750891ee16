import { damagedPlace } from "../trace/damaged.js";
import type { TraceHeader } from "../trace/header.js";
import { isTolerated, ruleText } from "../trace/invariants/rules.js";

/**
 * Invariants that a recording breaks, each with how often and where first. An importer goes on in one way: it keeps the
 * event where the recording has it, and takes what the event says for the state from there on.
 */
export function breachRows({ breaches = [], pcpus }: TraceHeader): [name: string, value: string][] {
  return breaches.map(({ rule, count, event, block, time, pcpu, vcpu }) => {
    const where = [
      `event ${event}`,
      `block ${block}`,
      `time ${time}`,
      `pCPU ${pcpus[pcpu]?.pcpu ?? pcpu}`,
      ...(vcpu < 0 ? [] : [`vCPU ${vcpu}`]),
    ].join(", ");
    return [isTolerated(rule) ? "late" : "breaks", `${count} x ${ruleText(rule)}, kept; first at ${where}`];
  });
}

/** What is missing of a trace that was made of a damaged one. */
export function damagedRows({ damaged = [] }: Pick<TraceHeader, "damaged">): [name: string, value: string][] {
  return damaged.map((each) => {
    const { part, what, lost } = each;
    const gone = lost === 0 ? "nothing lost" : `${lost ?? "an unknown number of"} events lost`;
    return ["damaged", `${part}: ${what} (${damagedPlace(each)}): ${gone}`];
  });
}
