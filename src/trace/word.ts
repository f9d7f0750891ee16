/**
 * An event packed in 32 bits, all that a counting replay reads of it:
 *
 *     31            16 15          6  5  4        0
 *    +----------------+-------------+---+----------+
 *    |     place      |  register   | v |   kind   |
 *    +----------------+-------------+---+----------+
 *
 * place: index of a (pCPU, vCPU) pair; register: index in the trace's dictionary, 0 where there is none;
 * v: a value is stored for this event.
 */
const kindBits = 5;
const registerBits = 10;
const placeBits = 16;

export const kindMask = (1 << kindBits) - 1;
export const valueFlag = 1 << kindBits;
export const registerShift = kindBits + 1;
const registerMask = (1 << registerBits) - 1;
export const placeShift = registerShift + registerBits;

/** The most registers a trace can name, and the most places. */
export const maxRegisters = 1 << registerBits;
export const maxPlaces = 1 << placeBits;

/** NR_CPUS of arch/arm64/Kconfig is 4096 at most; what is kept by vCPU is some kilobytes. */
export const maxPcpus = 1 << 12;
export const maxVcpus = 1 << 13;

export function packWord(kind: number, register: number, place: number, hasValue: boolean): number {
  return ((place << placeShift) | (register << registerShift) | (hasValue ? valueFlag : 0) | kind) >>> 0;
}

export const wordKind = (word: number): number => word & kindMask;
export const wordRegister = (word: number): number => (word >>> registerShift) & registerMask;
export const wordPlace = (word: number): number => word >>> placeShift;
export const wordHasValue = (word: number): boolean => (word & valueFlag) !== 0;
