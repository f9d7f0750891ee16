import { createCutter } from "./cutter.js";
import { Came, createDictionary, mostWindows, type Dictionary } from "./dictionary.js";
import { createOnceCounter, type OnceCounts } from "./once.js";
import { segmentations } from "./segmentation.js";

/**
 * Windows of one segmentation, as numbers of its dictionary, by vCPU: chunk i is `vcpus[i]`'s, `counts[i]` windows in
 * the next `lengths[i]` words. A window without a number is `literal`, the number of its steps, and the steps.
 */
export interface WindowChunks {
  readonly segmentation: number;
  readonly vcpus: readonly number[];
  readonly lengths: readonly number[];
  readonly counts: readonly number[];
  /** Windows without a number, in all chunks. */
  readonly literals: number;
  readonly words: Uint16Array;
}

/** Stands where a window has no number. */
export const literal = 0xffff;

/** Some 32 kB to 128 kB a block: read at once, and few beside the windows. */
const blockWords = 1 << 16;

/** Makes windows of events as they come, in memory for one block of each segmentation and the dictionaries. */
export interface WindowStream {
  /** An event of a vCPU. */
  add(kind: number, register: number, pcpu: number, vcpu: number): void;
  /** Call after `add` of an event that shows the value of the vCPU's SCTLR_EL1. */
  sctlr(vcpu: number, lo: number): void;
  /** Ends all windows and hands out the last blocks. */
  finish(): { readonly dictionaries: readonly Dictionary[]; readonly once: OnceCounts };
  clear(): void;
}

interface Chunk {
  words: Uint16Array;
  length: number;
  windows: number;
}

/** Where a dictionary is full and a block is handed out: the windows are the same. */
export interface WindowLimits {
  /** Windows of each dictionary, 65,535 by default and at most: the rest are written out where they come. */
  readonly numberedWindows?: number;
  /** 16-bit words that a block of windows has or more, 65,536 by default and at most. */
  readonly windowWords?: number;
}

export function createWindowStream(
  onBlock: (chunks: WindowChunks) => void,
  { numberedWindows = mostWindows, windowWords = blockWords }: WindowLimits = {},
): WindowStream {
  checkLimit(numberedWindows, 0, mostWindows);
  checkLimit(windowWords, 1, blockWords);
  const dictionaries = segmentations.map(() => createDictionary(numberedWindows));
  const once = createOnceCounter();
  const chunks = segmentations.map((): Chunk[] => []);
  const filled = segmentations.map(() => 0);
  const literals = segmentations.map(() => 0);
  /** By segmentation and vCPU: its last window, -1 for one without a number. */
  const last = segmentations.map((): number[] => []);

  function room(segmentation: number, vcpu: number, words: number): Chunk {
    let chunk = chunks[segmentation][vcpu];
    if (chunk === undefined) {
      chunk = { words: new Uint16Array(256), length: 0, windows: 0 };
      chunks[segmentation][vcpu] = chunk;
    }
    if (chunk.length + words > chunk.words.length) {
      const larger = new Uint16Array(2 * chunk.words.length + words);
      larger.set(chunk.words);
      chunk.words = larger;
    }
    return chunk;
  }

  const cutter = createCutter((segmentation, vcpu, steps, length) => {
    const number = dictionaries[segmentation].number(steps, length);
    const words = number < 0 ? 2 + length : 1;
    const chunk = room(segmentation, vcpu, words);
    if (number < 0) {
      chunk.words[chunk.length++] = literal;
      chunk.words[chunk.length++] = length;
      for (let at = 0; at < length; at++) chunk.words[chunk.length++] = steps[at];
      literals[segmentation]++;
    } else {
      chunk.words[chunk.length++] = number;
    }
    const before = last[segmentation][vcpu];
    if (before !== undefined) {
      if (number >= 0) dictionaries[segmentation].note(number, Came.behind);
      if (before >= 0) dictionaries[segmentation].note(before, Came.before);
    }
    last[segmentation][vcpu] = number;
    chunk.windows++;
    filled[segmentation] += words;
    if (filled[segmentation] >= windowWords) flush(segmentation);
  });

  function flush(segmentation: number): void {
    if (filled[segmentation] === 0) return;
    const words = new Uint16Array(filled[segmentation]);
    const vcpus: number[] = [];
    const lengths: number[] = [];
    const counts: number[] = [];
    let at = 0;
    chunks[segmentation].forEach((chunk, vcpu) => {
      if (chunk.length === 0) return;
      words.set(chunk.words.subarray(0, chunk.length), at);
      at += chunk.length;
      vcpus.push(vcpu);
      lengths.push(chunk.length);
      counts.push(chunk.windows);
      chunk.length = 0;
      chunk.windows = 0;
    });
    onBlock({ segmentation, vcpus, lengths, counts, literals: literals[segmentation], words });
    filled[segmentation] = 0;
    literals[segmentation] = 0;
  }

  return {
    add(kind, register, pcpu, vcpu) {
      cutter.add(kind, register, vcpu);
      once.add(kind, register, pcpu, vcpu);
    },
    sctlr: (vcpu, lo) => once.sctlr(vcpu, lo),
    finish() {
      cutter.finish();
      segmentations.forEach((_, segmentation) => flush(segmentation));
      return { dictionaries: dictionaries.map((each) => each.finish()), once: once.rows() };
    },
    clear() {
      cutter.clear();
      once.clear();
      for (const each of dictionaries) each.clear();
      for (const list of chunks) list.length = 0;
      for (const list of last) list.length = 0;
      filled.fill(0);
      literals.fill(0);
    },
  };
}

function checkLimit(limit: number, least: number, most: number): void {
  if (!Number.isInteger(limit) || limit < least || limit > most) {
    throw new RangeError(`${limit} is not from ${least} to ${most}`);
  }
}
