/** The windows of a segmentation that came: number n has the steps from `offsets[n]` to `offsets[n + 1]`. */
export interface Dictionary {
  readonly size: number;
  readonly offsets: Uint32Array;
  readonly steps: Uint16Array;
  /** `Came` of each window. */
  readonly flags: Uint8Array;
}

/** Where in its vCPU's sequence a window came at least once: behind another one, before another one. */
export const Came = { behind: 1, before: 2 } as const;

/** Gives windows their numbers as they come. */
export interface DictionaryBuilder {
  /** The window's number, new or known; -1 where there is no room for another. */
  number(steps: Uint16Array, length: number): number;
  /** That a window came so. */
  note(number: number, came: number): void;
  finish(): Dictionary;
  clear(): void;
}

/** Numbers are 16 bits wide, and the last is the mark of a window that has none. */
export const mostWindows = 0xffff;
/** Room for the steps of all windows together: what is beyond is written out in the stream. */
export const mostDictionarySteps = 1 << 21;

const slots = 1 << 17;

/**
 * Open addressing over hashes of the steps: twice as many slots as numbers, so that probes are short.
 * @param most - Windows that get a number
 */
export function createDictionary(most = mostWindows): DictionaryBuilder {
  const table = new Int32Array(slots).fill(-1);
  const offsets = new Uint32Array(mostWindows + 1);
  const flags = new Uint8Array(mostWindows);
  let steps = new Uint16Array(1 << 12);
  let size = 0;

  function same(number: number, window: Uint16Array, length: number): boolean {
    const from = offsets[number];
    if (offsets[number + 1] - from !== length) return false;
    for (let at = 0; at < length; at++) if (steps[from + at] !== window[at]) return false;
    return true;
  }

  function add(window: Uint16Array, length: number): number {
    const from = offsets[size];
    if (size >= most || from + length > mostDictionarySteps) return -1;
    if (from + length > steps.length) {
      const larger = new Uint16Array(2 * steps.length);
      larger.set(steps);
      steps = larger;
    }
    for (let at = 0; at < length; at++) steps[from + at] = window[at];
    offsets[size + 1] = from + length;
    return size++;
  }

  return {
    number(window, length) {
      let slot = hashOf(window, length) & (slots - 1);
      for (;;) {
        const number = table[slot];
        if (number < 0) return (table[slot] = add(window, length));
        if (same(number, window, length)) return number;
        slot = (slot + 1) & (slots - 1);
      }
    },
    note(number, came) {
      flags[number] |= came;
    },
    finish: () => ({
      size,
      offsets: offsets.slice(0, size + 1),
      steps: steps.slice(0, offsets[size]),
      flags: flags.slice(0, size),
    }),
    clear() {
      table.fill(-1);
      flags.fill(0);
      size = 0;
    },
  };
}

/** FNV-1a over 16-bit units, mixed at the end so that the low bits depend on all. */
function hashOf(window: Uint16Array, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ window[at], 0x0100_0193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b_3c6d) ^ (hash >>> 13);
}
