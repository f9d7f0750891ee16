import type { ValueModel } from "./model.js";
import type { Draw } from "./quotas.js";

/** Values of one register of one vCPU, one write after the other. Both halves are those of the last draw. */
export interface Values {
  next(): void;
  lo: number;
  hi: number;
}

/** What a register of a vCPU held, over all phases. */
export interface Memory {
  lo: number;
  hi: number;
  count: number;
  /** The last values that were new, up to `remembered`. */
  readonly past: (readonly [lo: number, hi: number])[];
}

/** Earlier values that may come again. */
const remembered = 64;

export const emptyMemory = (): Memory => ({ lo: 0, hi: 0, count: 0, past: [] });

/** Keeps a value that was not among the last ones. */
export function remember({ past }: Memory, lo: number, hi: number): void {
  if (past.length >= remembered) past.shift();
  past.push([lo, hi]);
}

/** Draws for a value that is new, where few bits differ. */
const mostTries = 8;

const bits = (draw: Draw): number => Math.floor(draw() * 2 ** 32);

export function valuesOf(
  { opening, repeat, known, base, vary }: ValueModel,
  memory: Memory,
  draw: Draw,
): Values {
  let opened = 0;
  const values: Values = {
    lo: memory.lo,
    hi: memory.hi,
    next() {
      const first = memory.count++ === 0;
      if (opened < opening.length) {
        set(opening[opened++]);
        return;
      }
      const which = draw();
      if (which < repeat && !first) {
        set([memory.lo, memory.hi]);
        return;
      }
      const { past } = memory;
      if (which >= repeat && which < repeat + known && past.length > 1) {
        const at = Math.floor(draw() * past.length);
        // An earlier one, not the one that it holds.
        set(isHeld(past[at]) ? past[(at + 1) % past.length] : past[at]);
        return;
      }
      const pick = (at: 0 | 1): number => ((base[at] & ~vary[at]) | (bits(draw) & vary[at])) >>> 0;
      let value = [pick(0), pick(1)] as const;
      for (let tries = 1; isPast(value) && tries < mostTries; tries++) value = [pick(0), pick(1)];
      set(value);
    },
  };
  const isHeld = ([lo, hi]: readonly [number, number]): boolean => memory.lo === lo && memory.hi === hi;
  const isPast = ([lo, hi]: readonly [number, number]): boolean =>
    memory.past.some((each) => each[0] === lo && each[1] === hi);
  function set([lo, hi]: readonly [number, number]): void {
    [values.lo, values.hi] = [lo, hi];
    [memory.lo, memory.hi] = [lo, hi];
    if (!isPast([lo, hi])) remember(memory, lo, hi);
  }
  return values;
}
