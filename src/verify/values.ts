/**
 * The values of the small world, a bit each in one word: two vCPUs, two pCPUs, two registers, two values. Of a world
 * with one register the other's bits stay 0.
 */
export const vcpuCount = 2;
export const pcpuCount = 2;

/** By vCPU and register: its memory copy, and what the guest's register is to hold. */
export const memoryBit = (vcpu: number, register: number): number => 2 * vcpu + register;
export const guestBit = (vcpu: number, register: number): number => 4 + 2 * vcpu + register;
/** By pCPU and register: what the CPU holds; the host's memory copy, and what its register is to hold. */
export const cpuBit = (pcpu: number, register: number): number => 8 + 2 * pcpu + register;
export const hostMemoryBit = (pcpu: number, register: number): number => 12 + 2 * pcpu + register;
export const hostBit = (pcpu: number, register: number): number => 16 + 2 * pcpu + register;
/** By vCPU: the value of a write that trapped and is to be tried again. */
export const pendingBit = (vcpu: number): number => 20 + vcpu;

export const allValues = (1 << 22) - 1;

/** In the place of a bit that is copied: the value of the event. */
export const eventValue = 31;

/** Memory starts as zeros; a CPU holds what its host has put there. */
export const firstValues = [0, 1, 2, 3].reduce((word, bit) => word | (1 << (8 + bit)) | (1 << (16 + bit)), 0);

export const bitOf = (values: number, bit: number): number => (values >>> bit) & 1;

/** Copies bits, `copies` being (to, from) pairs in order. */
export function moveValues(values: number, copies: Int8Array, value: number): number {
  let word = values;
  for (let at = 0; at < copies.length; at += 2) {
    const to = copies[at];
    const from = copies[at + 1];
    const bit = from === eventValue ? value : (word >>> from) & 1;
    word = (word & ~(1 << to)) | (bit << to);
  }
  return word;
}

const swapPairs = (word: number, low: number): number => {
  const both = (word >>> low) & 0b1111;
  return (word & ~(0b1111 << low)) | ((((both & 0b11) << 2) | (both >>> 2)) << low);
};

/** A way to exchange what has only a name: vCPUs, pCPUs, and registers that are alike. */
export interface Exchange {
  readonly vcpus: boolean;
  readonly pcpus: boolean;
  readonly registers: boolean;
}

/** The values by their new names. Done twice, it is undone. */
export function exchangeValues(values: number, { vcpus, pcpus, registers }: Exchange): number {
  let word = values;
  if (vcpus) {
    word = swapPairs(swapPairs(word, memoryBit(0, 0)), guestBit(0, 0));
    const pending = (word >>> 20) & 0b11;
    word = (word & ~(0b11 << 20)) | ((((pending & 1) << 1) | (pending >>> 1)) << 20);
  }
  if (pcpus) word = swapPairs(swapPairs(swapPairs(word, 8), 12), 16);
  return registers ? swapRegisters(word) : word;
}

const evenBits = 0x5_5555;

/** The values with the two registers exchanged; a pending write's value is of whichever it is of. */
const swapRegisters = (values: number): number =>
  (values & (0b11 << 20)) | ((values & evenBits) << 1) | ((values >>> 1) & evenBits);

/** All bits of a register, but for those of pending writes. */
const registerMask = (register: number): number => {
  let mask = 0;
  for (let bit = register; bit < 20; bit += 2) mask |= 1 << bit;
  return mask;
};
const masks = [registerMask(0), registerMask(1)];

/**
 * Rules do not look at values, so that the two can be exchanged, register by register: here so that the first vCPU's
 * are 0. `pending` is by vCPU the register to be written, from 1, or 0.
 */
export function levelValues(values: number, registers: number, pending: readonly number[]): number {
  let word = values;
  for (let register = 0; register < registers; register++) {
    if (bitOf(word, guestBit(0, register)) === 0) continue;
    word ^= masks[register];
    for (let vcpu = 0; vcpu < vcpuCount; vcpu++) {
      if (pending[vcpu] === register + 1) word ^= 1 << pendingBit(vcpu);
    }
  }
  return word;
}
