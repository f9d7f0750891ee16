import { basename } from "node:path";

/** Names short enough for the head of a picture: without folders where that still tells them apart. */
export function shortNames(names: readonly string[]): (name: string) => string {
  const bases = new Set(names.map((name) => basename(name)));
  const isTold = bases.size === new Set(names).size;
  return (name) => (isTold ? basename(name) : name);
}

export const modeName = (mode: string): string => (mode === "vhe" ? "VHE" : mode === "nvhe" ? "nVHE" : mode);

const nestingNames: Readonly<Record<string, string>> = {
  none: "host",
  l2: "guest hypervisor",
  "l2-nv2": "guest hypervisor with NV2",
};

/** Whose switch code it is, in few words. */
export const nestingName = (nesting: string): string => nestingNames[nesting] ?? nesting;

export const plural = (count: number, what: string): string =>
  `${whole(count)} ${what}${count === 1 ? "" : "s"}`;

/** Thousands told apart, as in a text. */
export const whole = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");

export const once = <T>(list: readonly T[]): T[] => [...new Set(list)];
