import { toText } from "./text.js";

const stamped =
  /^\s*(?:\d+(?:\.\d+)?\s*(?:clk|cs|cyc|tic|ns|ps|us)\s+)?(?:cpu\d+\s+)?(?:I[TSF]\s+\(|ES\s+(?:\(|EXC)|R\s+\S+\s+|E\s+[0-9a-f]+|M[RW]\d|LD\s|ST\s|BR\s)/i;

/** How many of the first lines look like Tarmac: the share of them, 0 without any that bears a time. */
export function detectTarmac(start: Uint8Array): number {
  const text = toText(start, 0, Math.min(start.length, 1 << 14));
  const lines = text.split("\n");
  if (lines.length > 1) lines.pop(); // the last may be cut
  const full = lines.filter((line) => line.trim() !== "");
  if (full.length === 0) return 0;
  if (/^Tarmac Text Rev/i.test(full[0])) return 1;
  const like = full.filter((line) => stamped.test(line)).length;
  return full.some((line) => /^\s*\d/.test(line)) ? like / full.length : 0;
}
