import { toText } from "../../tarmac/text.js";
import type { HostSink } from "../host-event.js";

/** What lines that are no events said. */
export interface Notes {
  ftrace: boolean;
  traceCmd: boolean;
  /** Events that the ring buffer had overwritten before it was read. */
  overwritten: number;
}

/** `trace` and `trace_pipe`; trace-cmd counts what was dropped in the same place. */
const loss = /^CPU:(\d{1,5}) \[(?:LOST (?:(\d+) )?EVENTS|(?:(\d+) )?EVENTS DROPPED)\]$/;
/** perf says at the end how many pieces of its buffers it did not get; of which CPU it does not say. */
const perfLoss = /^Processed \d+ events and lost (\d+) chunks!/;
const written = /^# entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15})\s/;
const traceCmd = /^(?:cpus=\d+|version = \d+|CPU \d+ is empty|.{1,80}:\s+(?:uncompress|buffer).*)$/;
/** A note is short. */
const longest = 200;

/** Reads a line that is no event; false if it says nothing that is known. */
export function readNote(bytes: Uint8Array, from: number, to: number, notes: Notes, sink: HostSink): boolean {
  if (to === from) return true;
  const text = toText(bytes, from, Math.min(to, from + longest)).trim();
  if (text === "") return true;
  if (text.startsWith("#")) {
    if (text.startsWith("# tracer:")) notes.ftrace = true;
    const [, kept, all] = written.exec(text) ?? [];
    if (kept !== undefined) notes.overwritten += Math.max(0, Number(all) - Number(kept));
    return true;
  }
  const lost = loss.exec(text);
  if (lost !== null) {
    const count = Number(lost[2] ?? lost[3] ?? 0);
    sink.lost(Number(lost[1]), Number.isSafeInteger(count) ? count : 0);
    return true;
  }
  const chunks = perfLoss.exec(text);
  if (chunks !== null) {
    sink.lost(-1, 0);
    return true;
  }
  if (!traceCmd.test(text)) return false;
  notes.traceCmd = true;
  return true;
}
