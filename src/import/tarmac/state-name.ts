import { HCR_EL2, VMPIDR_EL2, VTTBR_EL2 } from "../machine/roles.js";
import { matches } from "./text.js";

/**
 * Registers that a log may give without an instruction, as numbers: those that tell who runs where a recording
 * begins, and those that an exception writes, from whose base the level is counted.
 */
export const StateName = { none: 0, hcr: 1, vttbr: 2, vmpidr: 3, cpsr: 4, esr: 8, spsr: 12 } as const;

/** Their encodings where an initial state is given. */
export const initialState: readonly number[] = [0, HCR_EL2, VTTBR_EL2, VMPIDR_EL2];

const longest = 12;

/** The number of a register's name, in either case. */
export function nameOf(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > longest) return StateName.none;
  // Most names are none of these by their first letter.
  switch (bytes[from] | 0x20) {
    case 0x65: // e
      return matches(bytes, from, to, "esr_el") ? StateName.esr + levelAt(bytes, to) : StateName.none;
    case 0x73: // s
      return matches(bytes, from, to, "spsr_el") ? StateName.spsr + levelAt(bytes, to) : StateName.none;
    case 0x68: // h
      return is(bytes, from, to, "hcr_el2") ? StateName.hcr : StateName.none;
    case 0x76: // v
      if (is(bytes, from, to, "vttbr_el2")) return StateName.vttbr;
      return is(bytes, from, to, "vmpidr_el2") ? StateName.vmpidr : StateName.none;
    case 0x63: // c
      return is(bytes, from, to, "cpsr") ? StateName.cpsr : StateName.none;
    default:
      return StateName.none;
  }
}

const is = (bytes: Uint8Array, from: number, to: number, name: string): boolean =>
  to - from === name.length && matches(bytes, from, to, name);

/** The exception level that a name ends with, 0 where it ends with anything else. */
function levelAt(bytes: Uint8Array, to: number): number {
  const level = bytes[to - 1] - 0x30;
  return level >= 1 && level <= 3 ? level : 0;
}
