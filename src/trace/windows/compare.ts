import type { Trace } from "../reader.js";
import { createCutter } from "./cutter.js";
import { Came } from "./dictionary.js";
import { createOnceCounter } from "./once.js";
import { mostSteps, segmentations } from "./segmentation.js";
import { literal } from "./stream.js";

/**
 * Holds the windows that a trace stores against those of its events, which come one by one. How windows are numbered,
 * which of them have a number, and where a block ends is left to their writer. In memory for a block or two of windows
 * of each segmentation, as long as these stand in the order in which the events complete them.
 */
export interface WindowComparer {
  /** An event of a vCPU. */
  add(kind: number, register: number, pcpu: number, vcpu: number): void;
  /** Call after `add` of an event that shows the value of the vCPU's SCTLR_EL1. */
  sctlr(vcpu: number, lo: number): void;
  /** What differs, by name: stays and accesses first, then windows, then dictionaries. */
  finish(): string[];
}

/** Windows of one vCPU that were read and not yet met. */
interface Stretch {
  readonly words: Uint16Array;
  at: number;
  readonly end: number;
  /** Windows left, as its block says. */
  left: number;
}

interface Lane {
  readonly waiting: Stretch[];
  /** Windows met so far, and whether one was wrong: what follows says nothing then. */
  met: number;
  wrong: boolean;
  /** Number of the window before, -1 for none and for one without a number. */
  before: number;
}

/** Set beside the bits of `Came` for a window that was met. */
const seen = 128;

/** Throws TraplineError `corrupt` for a block of windows or a dictionary that cannot be read. */
export function createWindowComparer(trace: Trace): WindowComparer {
  const { vcpus } = trace.header;
  const { dictionaries, blocks, read, once } = trace.windows();
  const made = createOnceCounter();
  const lanes = segmentations.map(() =>
    vcpus.map((): Lane => ({ waiting: [], met: 0, wrong: false, before: -1 })),
  );
  const blocksOf = segmentations.map((_, segmentation) =>
    [...blocks].flatMap((each, block) => (each.segmentation === segmentation ? [block] : [])),
  );
  const next = segmentations.map(() => 0);
  const came = dictionaries.map(({ size }) => new Uint8Array(size));
  const numbers: (Map<string, number> | undefined)[] = [];
  const differences = segmentations.map((): { readonly vcpu: number; readonly what: string }[] => []);

  function wrong(segmentation: number, vcpu: number, lane: Lane): void {
    lane.wrong = true;
    lane.waiting.length = 0;
    const { name } = segmentations[segmentation];
    differences[segmentation].push({ vcpu, what: `window ${lane.met} (${name}) of vCPU ${vcpu}` });
  }

  /** Reads the next block of a segmentation; false where there is none. */
  function readMore(segmentation: number): boolean {
    const block = blocksOf[segmentation][next[segmentation]++];
    if (block === undefined) return false;
    const chunks = read(block);
    const words = chunks.words.slice();
    let at = 0;
    chunks.vcpus.forEach((vcpu, chunk) => {
      const end = at + chunks.lengths[chunk];
      const lane = lanes[segmentation][vcpu];
      if (end > at && !lane.wrong) lane.waiting.push({ words, at, end, left: chunks.counts[chunk] });
      at = end;
    });
    return true;
  }

  /** The number of a window by its steps, for one that has none where it stands. */
  function numberOf(segmentation: number, steps: Uint16Array): number {
    let known = numbers[segmentation];
    if (known === undefined) {
      const { size, offsets, steps: all } = dictionaries[segmentation];
      known = new Map();
      for (let at = 0; at < size; at++) known.set(all.subarray(offsets[at], offsets[at + 1]).join(), at);
      numbers[segmentation] = known;
    }
    return known.get(steps.join()) ?? -1;
  }

  function note(segmentation: number, lane: Lane, number: number): void {
    const flags = came[segmentation];
    if (number >= 0) flags[number] |= seen | (lane.met > 0 ? Came.behind : 0);
    if (lane.before >= 0) flags[lane.before] |= Came.before;
    lane.before = number;
    lane.met++;
  }

  const cutter = createCutter((segmentation, vcpu, steps, length) => {
    const lane = lanes[segmentation][vcpu];
    if (lane.wrong) return;
    let first = lane.waiting[0];
    while (first === undefined && readMore(segmentation)) first = lane.waiting[0];
    if (first === undefined) {
      wrong(segmentation, vcpu, lane);
      return;
    }
    const { words, end } = first;
    let number = words[first.at++];
    let [from, to, all] = [0, 0, words];
    if (number === literal) {
      const count = first.at < end ? words[first.at++] : 0;
      [from, to] = [first.at, first.at + count];
      first.at = to;
      number = to > end || count < 1 || count > mostSteps ? -2 : -1;
    } else if (number < dictionaries[segmentation].size) {
      const { offsets, steps: held } = dictionaries[segmentation];
      [from, to, all] = [offsets[number], offsets[number + 1], held];
    } else number = -2;
    first.left--;
    let same = number > -2 && to - from === length && (first.left === 0) === (first.at === end);
    for (let at = 0; same && at < length; at++) same = all[from + at] === steps[at];
    if (!same) {
      wrong(segmentation, vcpu, lane);
      return;
    }
    if (first.at === end) lane.waiting.shift();
    note(segmentation, lane, number >= 0 ? number : numberOf(segmentation, steps.subarray(0, length)));
  });

  function dictionaryDifferences(segmentation: number): string[] {
    const { name } = segmentations[segmentation];
    const { flags } = dictionaries[segmentation];
    const number = flags.findIndex((flag, at) => came[segmentation][at] !== (flag | seen));
    return number < 0 ? [] : [`what is said of window ${number} of the dictionary (${name})`];
  }

  return {
    add(kind, register, pcpu, vcpu) {
      cutter.add(kind, register, vcpu);
      made.add(kind, register, pcpu, vcpu);
    },
    sctlr: (vcpu, lo) => made.sctlr(vcpu, lo),
    finish() {
      cutter.finish();
      segmentations.forEach((_, segmentation) => {
        while (readMore(segmentation));
        lanes[segmentation].forEach((lane, vcpu) => {
          if (lane.waiting.length > 0) wrong(segmentation, vcpu, lane);
        });
      });
      const expected = made.rows();
      return [
        ...(isSame(once.stays, expected.stays) ? [] : ["the stays"]),
        ...(isSame(once.beforeCaches, expected.beforeCaches)
          ? []
          : ["the accesses before the caches were on"]),
        ...segmentations.flatMap((_, segmentation) => {
          const found = differences[segmentation].toSorted((a, b) => a.vcpu - b.vcpu);
          return found.length > 0 ? found.map(({ what }) => what) : dictionaryDifferences(segmentation);
        }),
      ];
    },
  };
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
