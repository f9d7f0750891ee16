import { TraplineError } from "../errors.js";
import { createInvariantChecker } from "../trace/invariants/checker.js";
import type { Breach, TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import type { BlockColumns } from "../trace/block-reader.js";
import type { Trace } from "../trace/reader.js";
import { createTally } from "../trace/tally.js";
import { blockTimes } from "../trace/times.js";
import { createWindowComparer, type WindowComparer } from "../trace/windows/compare.js";
import { isUnseen } from "../trace/windows/cutter.js";
import { sctlrEl1, showsValue } from "../trace/windows/once.js";
import { placeShift, registerShift, valueFlag, kindMask } from "../trace/word.js";
import type { Finding } from "./finding.js";

const registerMask = (1 << (placeShift - registerShift)) - 1;

/** What the events of a trace say, to be held against its header, its windows and the rules. */
export interface EventsSeen {
  /** Blocks that cannot be read. Where there is one, what the header counts cannot be held against the rest. */
  readonly findings: readonly Finding[];
  readonly breaches: readonly Breach[];
  /** What stored windows and events differ in; undefined where that cannot be told. */
  readonly windows: readonly string[] | undefined;
  readonly tally: TraceHeader["tally"];
  readonly exits: TraceHeader["exits"];
  readonly guestTime: readonly number[];
  readonly pcpus: readonly { readonly first: number; readonly last: number }[];
  /** Values of accesses: those of exits are reasons. */
  readonly values: number;
}

/**
 * Goes through all events once, block by block, in memory for a block. Windows are held against the events as these come.
 *
 * @param compare - Whether the trace has windows that can be read.
 */
export function lookAtEvents(
  trace: Trace,
  compare: boolean,
  onBlock: (done: number) => void = () => undefined,
): EventsSeen {
  const { header, blocks } = trace;
  const { places, registers, pcpus, vcpus } = header;
  const sctlr = registers.indexOf(sctlrEl1);
  const findings: Finding[] = [];
  const invariants = createInvariantChecker();
  const tally = createTally();
  const times = pcpus.map(() => ({ first: -1, last: 0 }));
  let comparer: WindowComparer | undefined = compare ? createWindowComparer(trace) : undefined;
  let values = 0;

  function take(all: BlockColumns, at: Float64Array, block: number): void {
    const { words, valuesLo, valuesHi } = all;
    let value = 0;
    for (let event = 0; event < words.length; event++) {
      const word = words[event];
      const kind = word & kindMask;
      const register = (word >>> registerShift) & registerMask;
      const place = word >>> placeShift;
      const has = (word & valueFlag) !== 0;
      const time = at[event];
      const [pcpu, vcpu] = [places[2 * place], places[2 * place + 1]];
      const lo = has ? valuesLo[value] : 0;
      const hi = has ? valuesHi[value] : 0;
      if (has) {
        value++;
        if (kind >= Kind.guestWrite && kind !== Kind.lost) values++;
      }
      const own = times[pcpu];
      if (own.first < 0) own.first = time;
      own.last = time;
      tally.add(kind, register, place, vcpu, time, has, lo, hi);
      invariants.add(kind, pcpu, vcpu, time, block);
      if (comparer === undefined || vcpu < 0) continue;
      if (!isUnseen(kind)) comparer.add(kind, register, pcpu, vcpu);
      if (register === sctlr && has && showsValue.has(kind)) comparer.sctlr(vcpu, lo);
    }
  }

  [...blocks].forEach(({ offset, events }, block) => {
    try {
      const all = trace.columns(block);
      const { all: at, wrong } = blockTimes(all, places);
      if (wrong >= 0) {
        throw new TraplineError("corrupt", `the time of event ${wrong} of the block is wrong`, {
          offset,
          block,
        });
      }
      const other = baseTrouble(all, places);
      if (other !== undefined) findings.push({ kind: "damage", what: other, offset, block });
      take(all, at, block);
    } catch (error) {
      if (!(error instanceof TraplineError)) throw error;
      const { place, message, code } = error;
      const isWindows = place.block === undefined && comparer !== undefined;
      findings.push({
        kind: code === "corrupt" || code === "input" ? "damage" : "counts",
        what: message,
        offset: place.offset ?? offset,
        ...(isWindows ? {} : { block }),
      });
      comparer = undefined;
      invariants.gap(events);
    }
    onBlock(block + 1);
  });
  return {
    findings,
    breaches: invariants.breaches(),
    windows: comparer?.finish(),
    tally: tally.rows(),
    exits: tally.exits(),
    guestTime: vcpus.map((_, vcpu) => tally.guestTime(vcpu)),
    pcpus: times.map(({ first, last }) => ({ first: Math.max(0, first), last })),
    values,
  };
}

/** FORMAT.md: every pCPU with an event in the block has one base, in the order of their first events, where time is 0. */
function baseTrouble({ head, words, times }: BlockColumns, places: readonly number[]): string | undefined {
  let met = 0;
  const seen = new Set<number>();
  for (let at = 0; at < words.length && met < head.bases.length; at++) {
    const pcpu = places[2 * (words[at] >>> placeShift)];
    if (seen.has(pcpu)) continue;
    if (head.bases[met].pcpu !== pcpu) return "base times are not in the order of the pCPUs' first events";
    if (times[at] !== 0) return `the first event of pCPU index ${pcpu} is not at its base time`;
    seen.add(pcpu);
    met++;
  }
  return met === head.bases.length ? undefined : "a pCPU has a base time and no event";
}
