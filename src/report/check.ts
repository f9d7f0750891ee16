import type { Finding, TraceCheck } from "../check/finding.js";

/** What was found: a line for each trace, and below it one for each finding, with where it is. */
export function checkText(traces: readonly TraceCheck[]): string {
  const lines = traces.flatMap((trace) => [
    `${trace.path}: ${trace.whole ? "whole" : `${trace.findings.length} wrong`}, ${sizeText(trace)}`,
    ...trace.findings.map((each) => `  ${each.kind}: ${findingText(each)}`),
    ...trace.notes.map((each) => `  allowed: ${findingText(each)}`),
  ]);
  if (traces.length === 1) return lines.join("\n");
  const wrong = traces.filter(({ whole }) => !whole).length;
  return [...lines, `${traces.length} traces, ${wrong} of them not whole`].join("\n");
}

function sizeText({ bytes, version, events, blocks, windowBlocks }: TraceCheck): string {
  if (version === null) return `${bytes} bytes`;
  return `${bytes} bytes, ${events} events in ${blocks} blocks, ${windowBlocks} blocks of windows`;
}

function findingText({ what, count, block, offset, event, time, pcpu, vcpu }: Finding): string {
  const where = [
    ["block", block],
    ["byte", offset],
    ["event", event],
    ["time", time],
    ["pCPU", pcpu],
    ["vCPU", vcpu],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  const often = count === undefined || count === 1 ? "" : `, ${count} times, first`;
  return where.length === 0 ? `${what}${often}` : `${what}${often} (${where.join(", ")})`;
}
