import { canonicalEncoding, registerByEncoding } from "../../registers/lookup.js";
import { Op } from "../tarmac/opcode.js";
import type { Cpu, Value } from "./cpu.js";

/** Register number 31 of an MSR or MRS is XZR. */
const zeroRegister = 31;

/**
 * The value that the waiting MSR wrote or MRS read; undefined if the log does not tell. The plugin prints changes
 * alone: what did not change has the value of its last change, if it has ever changed and so is one that is logged.
 */
export function valueOf(cpu: Cpu, encoding: number): Value | undefined {
  const { registers, changed, opcode, op, before } = cpu;
  const transfer = opcode & 31;
  if (op === Op.msr) {
    if (transfer === zeroRegister) return [0, 0];
    const given = registers.get(`x${transfer}`);
    if (given !== undefined) return given;
    const names = namesOf(encoding, before);
    const name = names.find((each) => changed.has(each)) ?? names.find((each) => registers.has(each));
    return name === undefined ? undefined : registers.get(name);
  }
  if (transfer === zeroRegister) return undefined;
  const loaded = registers.get(`x${transfer}`);
  if (loaded !== undefined) return loaded;
  return namesOf(encoding, before)
    .map((name) => registers.get(name))
    .find((value) => value !== undefined);
}

/** What QEMU calls the register that an instruction at a level means: under E2H an EL1 name means EL2's. */
function namesOf(encoding: number, level: number): string[] {
  const name = registerByEncoding(canonicalEncoding(encoding))?.name.toLowerCase();
  if (name === undefined) return [];
  const isAlias = canonicalEncoding(encoding) !== encoding;
  return level === 2 && !isAlias && name.endsWith("_el1") ? [`${name.slice(0, -1)}2`, name] : [name];
}
