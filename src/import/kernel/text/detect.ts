import { createHead, readHead } from "./head.js";

const newline = 0x0a;
const carriageReturn = 0x0d;
const hash = 0x23;

/** What tracefs writes first, in bytes. */
const tracefs = Buffer.from("# tracer:", "latin1");

/** How many of the first lines are events of a kernel's tracing, those aside that are comments or empty. */
export function detectKernelText(start: Uint8Array): number {
  const head = createHead();
  let events = 0;
  let others = 0;
  for (let from = 0; from < start.length;) {
    const end = start.indexOf(newline, from);
    // The last may be cut.
    if (end < 0 && events + others > 0) break;
    const to = end < 0 ? start.length : end;
    if (to - from > 1 || (to > from && start[from] !== carriageReturn)) {
      if (readHead(start, from, to, head)) events++;
      else if (start[from] !== hash) others++;
    }
    from = to + 1;
  }
  if (events > 0) return events / (events + others);
  return others === 0 && tracefs.every((byte, at) => start[at] === byte) ? 0.5 : 0;
}
