import { registerByName } from "../../registers/lookup.js";
import { Op } from "./opcode.js";
import { toText } from "./text.js";

/** What the text of an instruction says, for lines whose opcode is missing. */
export function disassembled(
  bytes: Uint8Array,
  from: number,
  to: number,
): { readonly op: number; readonly encoding: number } | undefined {
  const text = toText(bytes, from, to);
  const write = /\bmsr\s+(\w+)\s*,\s*(?:[xw]\d+|[xw]zr)\b/i.exec(text);
  const read = /\bmrs\s+(?:[xw]\d+|[xw]zr)\s*,\s*(\w+)/i.exec(text);
  const name = write?.[1] ?? read?.[1];
  if (name === undefined) return /\beret(?:aa|ab)?\b/i.test(text) ? { op: Op.eret, encoding: 0 } : undefined;
  const register = encodingByName(name);
  return register === undefined ? undefined : { op: write === null ? Op.mrs : Op.msr, encoding: register };
}

/** The encoding that a name in an instruction stands for: of the EL12 name where that is what it says. */
export function encodingByName(name: string): number | undefined {
  const register = registerByName(name);
  if (register === undefined) return undefined;
  return register.alias?.name.toUpperCase() === name.toUpperCase()
    ? register.alias.encoding
    : register.encoding;
}
