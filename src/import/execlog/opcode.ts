import { Op, classify } from "../tarmac/opcode.js";
import { isLetter, matches } from "../tarmac/text.js";

/** The mnemonics of what `classify` finds; code of 32-bit guests may have the same bits and mean something else. */
const mnemonics: readonly (readonly [op: number, text: string])[] = [
  [Op.msr, "msr"],
  [Op.mrs, "mrs"],
  [Op.eret, "eret"],
];

/** What an instruction does, by its opcode, where its text does not say that it is something else. */
export function operation(opcode: number, bytes: Uint8Array, text: number, end: number): number {
  const op = classify(opcode);
  const mnemonic = mnemonics.find(([each]) => each === op)?.[1];
  if (mnemonic === undefined || !isLetter(bytes[text])) return op;
  // Without a disassembler QEMU prints the opcode's digits behind a name of its own.
  return matches(bytes, text, end, mnemonic) || matches(bytes, text, end, "OBJD") ? op : Op.other;
}

/**
 * Whether an A64 instruction may go elsewhere than to the one behind it: branches, returns, ERET (Arm ARM, C4.1:
 * "Branches, Exception Generating and System instructions").
 */
export function isBranch(opcode: number): boolean {
  const top = opcode >>> 24;
  return (
    (top & 0x7c) === 0x14 || // B, BL
    top === 0x54 || // B.cond, BC.cond
    (top & 0x7e) === 0x34 || // CBZ, CBNZ
    (top & 0x7e) === 0x36 || // TBZ, TBNZ
    (top & 0xfe) === 0xd6 || // BR, BLR, RET, ERET and their authenticated forms
    (top & 0xfe) === 0x74 // CB (immediate and register) of FEAT_CMPBR
  );
}
