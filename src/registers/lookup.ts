/** Finding registers by name and encoding. Everything is built once; a look-up costs one table access. */

import { genericName, parseGenericName } from "./encoding.js";
import type { Encoding, Register } from "./register.js";
import { registers } from "./table.js";

export { registers } from "./table.js";

/** Covers the 16 bits of an opcode and the pseudo register above them. */
const encodingCount = 0x1_0001;

/** One more than the index in `registers` of each canonical or alias encoding; 0 where the table has nothing. */
const positions = new Uint16Array(encodingCount);
const byName = new Map<string, Register>();

for (const [index, register] of registers.entries()) {
  positions[register.encoding] = index + 1;
  byName.set(register.name.toUpperCase(), register);
  if (register.alias !== undefined) {
    positions[register.alias.encoding] = index + 1;
    byName.set(register.alias.name.toUpperCase(), register);
  }
}

function positionOf(encoding: Encoding): number {
  // Out of range reads as undefined, which would otherwise leak into comparisons.
  return positions[encoding] ?? 0;
}

/** The register of a canonical name, an alias or a generic name, in any case; undefined if the table lacks it. */
export function registerByName(name: string): Register | undefined {
  const register = byName.get(name) ?? byName.get(name.toUpperCase());
  if (register !== undefined) {
    return register;
  }
  const encoding = parseGenericName(name);
  return encoding === undefined ? undefined : registerByEncoding(encoding);
}

/** The register of a canonical or alias encoding. */
export function registerByEncoding(encoding: Encoding): Register | undefined {
  const position = positionOf(encoding);
  return position === 0 ? undefined : registers[position - 1];
}

/** The plain encoding of an `*_EL12` or `*_EL02` one; any other is returned as it is. */
export function canonicalEncoding(encoding: Encoding): Encoding {
  return registerByEncoding(encoding)?.encoding ?? encoding;
}

/** Whether this is the encoding of an `*_EL12` or `*_EL02` name. */
export function isAlias(encoding: Encoding): boolean {
  return canonicalEncoding(encoding) !== encoding;
}

/** The name that belongs to exactly this encoding (an alias keeps its own), or the generic name. */
export function registerName(encoding: Encoding): string {
  const register = registerByEncoding(encoding);
  if (register === undefined) {
    return genericName(encoding);
  }
  return register.alias?.encoding === encoding ? register.alias.name : register.name;
}

/** For sorting: the order of the table, then unknown encodings by their value. An alias follows its register. */
export function tableOrder(a: Encoding, b: Encoding): number {
  const positionA = positionOf(a) || Number.MAX_SAFE_INTEGER;
  const positionB = positionOf(b) || Number.MAX_SAFE_INTEGER;
  if (positionA !== positionB) {
    return positionA - positionB;
  }
  if (a === b) {
    return 0;
  }
  if (isAlias(a) !== isAlias(b)) {
    return isAlias(a) ? 1 : -1;
  }
  return a - b;
}

/** As `tableOrder`, for names; those that the table lacks come last, by name. */
export function nameOrder(a: string, b: string): number {
  const [first, second] = [registerByName(a), registerByName(b)];
  if (first !== undefined && second !== undefined) return tableOrder(first.encoding, second.encoding);
  if (first !== second) return first === undefined ? 1 : -1;
  return a < b ? -1 : Number(a > b);
}

/** `HFGWTR_EL2[32]`: registers of one key cannot be trapped apart. Undefined without a fine-grained write trap. */
export function trapKey(register: Register): string | undefined {
  return register.trap === undefined ? undefined : `${register.trap.control}[${register.trap.bit}]`;
}

const byTrapKey = new Map<string, Register[]>();
for (const register of registers) {
  const key = trapKey(register);
  if (key === undefined) continue;
  const sharing = byTrapKey.get(key);
  if (sharing === undefined) byTrapKey.set(key, [register]);
  else sharing.push(register);
}

/** All registers of which a bit traps the writes, by its `trapKey`, in the order of the table. */
export const trappedBy = (key: string): readonly Register[] => byTrapKey.get(key) ?? [];

/**
 * Whether an access by this encoding at EL2 with HCR_EL2.E2H = 1 reaches an EL2 register instead: exactly the
 * plain encodings of registers that have an `*_EL12` or `*_EL02` alias (Arm ARM, register redirection under VHE).
 */
export function redirectsUnderE2H(encoding: Encoding): boolean {
  const register = registerByEncoding(encoding);
  return register?.alias !== undefined && register.encoding === encoding;
}
