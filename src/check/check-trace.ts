import { TraplineError } from "../errors.js";
import { locateBlocks } from "../salvage/locate.js";
import type { DamagedPart, TraceHeader } from "../trace/header.js";
import { isTolerated, ruleText } from "../trace/invariants/rules.js";
import { openRanges } from "../trace/ranges.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { segmentations } from "../trace/windows/segmentation.js";
import { differs } from "../trace/windows/check.js";
import { capabilityFindings } from "./capabilities.js";
import { lookAtEvents, type EventsSeen } from "./events.js";
import type { Finding, TraceCheck } from "./finding.js";

/**
 * Reads a trace whole and holds all that it says against the rest of it: every checksum, the tables of header and index
 * against the events, windows against the events, capabilities, and the rules of `invariants/rules.ts`. Goes on behind
 * what is wrong as far as it can. Throws TraplineError "input" for a file that cannot be read or is no trace at all,
 * "unsupported" for a later version.
 */
export function checkTrace(path: string, onProgress?: (done: number, total: number) => void): TraceCheck {
  let trace: Trace;
  try {
    trace = openTrace(path);
  } catch (error) {
    if (error instanceof TraplineError && error.code === "corrupt") return brokenTrace(path, error);
    throw error;
  }
  try {
    return wholeTrace(trace, onProgress);
  } finally {
    trace.close();
  }
}

/** A trace that does not open: what is wrong with it, and what else is as far as blocks are found. */
function brokenTrace(path: string, error: TraplineError): TraceCheck {
  const { size, readAt, close } = openRanges(path);
  const findings: Finding[] = [damageOf(error)];
  let events = 0;
  let blocks = 0;
  try {
    const { header, pieces, damaged } = locateBlocks(path, size, readAt);
    events = header.events;
    blocks = pieces.length;
    const parts = [...damaged, ...pieces.flatMap((piece) => ("damage" in piece ? [piece.damage] : []))];
    const known = new Set(findings.map(({ what }) => what));
    for (const part of parts) if (!known.has(part.what)) findings.push(partFinding(part));
  } catch (other) {
    if (!(other instanceof TraplineError)) throw other;
    if (other.message.startsWith(error.message)) findings.length = 0;
    findings.push(damageOf(other));
  } finally {
    close();
  }
  return {
    path,
    bytes: size,
    version: null,
    events,
    blocks,
    windowBlocks: 0,
    whole: false,
    findings,
    notes: [],
  };
}

function wholeTrace(trace: Trace, onProgress?: (done: number, total: number) => void): TraceCheck {
  const { header, blocks, bytes, path, version } = trace;
  const total = trace.blocks.length;
  const damaged = version === 1 ? [] : windowFindings(trace);
  const compare = version > 1 && damaged.length === 0;
  const seen = lookAtEvents(trace, compare, (done) => onProgress?.(done, total));
  const breaches = seen.breaches.map((breach): Finding & { readonly rule: string } => {
    const { rule, count, event, block, time, pcpu, vcpu } = breach;
    const where = { event, block, time, pcpu: header.pcpus[pcpu].pcpu, ...(vcpu < 0 ? {} : { vcpu }) };
    const offset = block < blocks.length ? blocks.row(block).offset : undefined;
    const from = offset === undefined ? {} : { offset };
    return { rule, kind: "invariant", what: ruleText(rule), count, ...from, ...where };
  });
  const plain = ({ rule: _rule, ...finding }: Finding & { readonly rule: string }): Finding => finding;
  const findings = [
    ...damaged,
    ...seen.findings,
    ...(seen.windows ?? []).map((what): Finding => ({ kind: "windows", what: differs(what) })),
    ...(seen.findings.length === 0 ? countFindings(header, seen) : []),
    ...capabilityFindings({ ...header, tally: seen.tally }, seen.values),
    ...breaches.filter(({ rule }) => !isTolerated(rule)).map(plain),
  ];
  return {
    path,
    bytes,
    version,
    events: header.events,
    blocks: total,
    windowBlocks: version === 1 ? 0 : trace.windowBlocks,
    whole: findings.length === 0,
    findings,
    notes: breaches.filter(({ rule }) => isTolerated(rule)).map(plain),
  };
}

/** Dictionaries and blocks of windows that cannot be read, each by itself. */
function windowFindings(trace: Trace): Finding[] {
  const findings: Finding[] = [];
  for (const at of segmentations.keys()) attempt(() => trace.readDictionary(at));
  if (findings.length > 0) return findings;
  const { blocks, read } = trace.windows();
  for (let block = 0; block < blocks.length; block++) attempt(() => read(block));
  return findings;

  function attempt(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof TraplineError)) throw error;
      findings.push(damageOf(error));
    }
  }
}

/** What the header counts, and the events show otherwise. */
function countFindings(header: TraceHeader, seen: EventsSeen): Finding[] {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  const sorted = (rows: readonly (readonly number[])[]): readonly (readonly number[])[] =>
    rows.toSorted((a, b) => a.reduce((order, value, at) => order || value - b[at], 0));
  const times = header.pcpus.map(({ first, last }) => ({ first, last }));
  const held: readonly (readonly [string, boolean])[] = [
    ["tally", same(sorted(header.tally), sorted(seen.tally))],
    ["exits", same(sorted(header.exits), sorted(seen.exits))],
    ["guestTime", same(header.guestTime, seen.guestTime)],
    ["pcpus", same(times, seen.pcpus)],
  ];
  return held.flatMap(([name, holds]): Finding[] => {
    const what = `the header's "${name}" is not what the events count`;
    return holds ? [] : [{ kind: "counts", what }];
  });
}

function damageOf({ message, place: { offset, block } }: TraplineError): Finding {
  const where = { ...(offset === undefined ? {} : { offset }), ...(block === undefined ? {} : { block }) };
  return { kind: "damage", what: message, ...where };
}

function partFinding({ what, offset, block, bytes }: DamagedPart): Finding {
  return {
    kind: "damage",
    what: `${what} (${bytes} bytes)`,
    offset,
    ...(block === undefined ? {} : { block }),
  };
}
