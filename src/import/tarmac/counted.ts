import type { PassedOver } from "./passed-over.js";
import { matches, skipSpaces, toText } from "./text.js";

/** What a recorder counted, of which it may name any register; a count beyond this is no number of instructions. */
const counted = /^COUNTED (MRS|MSR|TLBI|AT)(?: ([A-Za-z][A-Za-z0-9_]{0,30}))? (\d{1,15})\s*$/;

const longest = 80;

/** What a count of such instructions is called in `passedOver`. */
const countedSuffix = "counted by the recorder and not logged";

/**
 * `COUNTED MRS SP_EL0 136095`, from behind `SIGNAL`: so many of these were executed since the last such line of this
 * CPU, beside those that are logged. `traces/recorder` writes them. Returns whether it is one.
 */
export function readCounted(passedOver: PassedOver, bytes: Uint8Array, at: number, end: number): boolean {
  at = skipSpaces(bytes, at, end);
  if (end - at > longest || !matches(bytes, at, end, "COUNTED ")) return false;
  const found = counted.exec(toText(bytes, at, end));
  if (found === null) return false;
  const [, what, name, count] = found;
  passedOver.count(`${[what, name].filter(Boolean).join(" ")}, ${countedSuffix}`, Number(count));
  return true;
}

/** Whether reads are missing of which the recorder says so. */
export function hasCountedReads(passedOver: Readonly<Record<string, number>>): boolean {
  return Object.keys(passedOver).some((kind) => kind.startsWith("MRS ") && kind.endsWith(countedSuffix));
}
