/** Values of 64 bits, each known or not, by number. */
export interface Cells {
  readonly known: Uint8Array;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
}

export const createCells = (count: number): Cells => ({
  known: new Uint8Array(count),
  lo: new Uint32Array(count),
  hi: new Uint32Array(count),
});

export function setCell({ known, lo, hi }: Cells, at: number, low: number, high: number): void {
  known[at] = 1;
  lo[at] = low;
  hi[at] = high;
}

export function copyCell(to: Cells, at: number, from: Cells, other: number): void {
  to.known[at] = from.known[other];
  to.lo[at] = from.lo[other];
  to.hi[at] = from.hi[other];
}

export const holds = ({ known, lo, hi }: Cells, at: number, low: number, high: number): boolean =>
  known[at] === 1 && lo[at] === low && hi[at] === high;

/** Whether two cells are known to differ. */
export const differ = (a: Cells, at: number, b: Cells, other: number): boolean =>
  a.known[at] === 1 && b.known[other] === 1 && (a.lo[at] !== b.lo[other] || a.hi[at] !== b.hi[other]);

/** As C writes it, all digits. */
export const cellText = ({ lo, hi }: Cells, at: number): string => `0x${hex(hi[at])}${hex(lo[at])}`;

const hex = (half: number): string => half.toString(16).padStart(8, "0");
