import { isSpace, matches } from "./text.js";

/** Exception levels of AArch32 modes, without TrustZone's detail. Arm ARM, G1.9 (AArch32 PE modes). */
const aarch32: readonly (readonly [string, number])[] = [
  ["usr", 0],
  ["svc", 1],
  ["irq", 1],
  ["fiq", 1],
  ["abt", 1],
  ["und", 1],
  ["sys", 1],
  ["hyp", 2],
  ["mon", 3],
];

/** The exception level in a mode such as `EL2h_n`, `el0t_ns:` or `svc_s`; -1 for anything else. */
export function readLevel(bytes: Uint8Array, at: number, end: number): number {
  if (matches(bytes, at, end, "el") && at + 2 < end) {
    const level = bytes[at + 2] - 0x30;
    return level >= 0 && level <= 3 ? level : -1;
  }
  for (const [mode, level] of aarch32) if (matches(bytes, at, end, mode)) return level;
  return -1;
}

/** Instruction sets: A64 is `O` in every dialect. */
export const Iset = { none: 0, a64: 1, aarch32: 2 } as const;

/** The instruction set that a word at `at` names: `O`, `A`, `T`, `T16`, `T32`. */
export function readIset(bytes: Uint8Array, at: number, end: number): number {
  const long = at + 3 <= end && bytes[at] === 0x54 && !isSpace(bytes[at + 1]) ? 3 : 1;
  const to = at + long;
  if (at >= end || (to < end && !isSpace(bytes[to]))) return Iset.none;
  if (long === 3)
    return matches(bytes, at, end, "T16") || matches(bytes, at, end, "T32") ? Iset.aarch32 : Iset.none;
  if (bytes[at] === 0x4f) return Iset.a64;
  return bytes[at] === 0x41 || bytes[at] === 0x54 ? Iset.aarch32 : Iset.none;
}
