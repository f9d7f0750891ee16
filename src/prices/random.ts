/** Random numbers that are the same for a seed on every machine. */

import { TraplineError } from "../errors.js";

/**
 * xoshiro128** 1.1 (D. Blackman, S. Vigna, https://prng.di.unimi.it/xoshiro128starstar.c): 32-bit words from
 * four words of state, not all of them zero.
 */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

/** Four words of state from a 32-bit seed, by splitmix32: a counter through a mixing function of 32 bits. */
export function stateOfSeed(seed: number): [number, number, number, number] {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new TraplineError("usage", "a seed is a whole number from 0 to 4294967295");
  }
  let counter = seed;
  const next = (): number => {
    counter = (counter + 0x9e37_79b9) | 0;
    let mixed = Math.imul(counter ^ (counter >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return [next(), next(), next(), next()];
}

/** Numbers from 0 up to 1, without 1: two words make the 53 bits of a fraction. */
export const uniform = (seed: number): (() => number) => uniformFrom(stateOfSeed(seed));

/** The same from a state. */
function uniformFrom(state: readonly [number, number, number, number]): () => number {
  const next = xoshiro128(state);
  return () => ((next() >>> 5) * 0x400_0000 + (next() >>> 6)) / 0x20_0000_0000_0000;
}

/**
 * Numbers of one of several, as of a vCPU: each word of the seed's state, moved by its ordinal, seeds a word of its
 * state. Neither the others nor the order in which they are asked for has a part in it.
 */
export function uniformOf(seed: number, ordinal: number): () => number {
  const [a, b, c, d] = stateOfSeed(seed).map((word) => stateOfSeed((word + ordinal) >>> 0));
  // One odd word: the four may not all be zero.
  return uniformFrom([a[0] | 1, b[1], c[2], d[3]]);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
