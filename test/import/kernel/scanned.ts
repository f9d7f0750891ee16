import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { createHostMachine, type HostSummary } from "#src/import/kernel/host-machine.js";
import { createKernelTextScanner, type KernelTextSummary } from "#src/import/kernel/text/scan.js";
import { collector, type Collected } from "../machine/collect.js";

export interface Scanned {
  readonly events: readonly Collected[];
  readonly text: KernelTextSummary;
  readonly host: HostSummary;
}

export interface ScanOptions {
  readonly onError?: "fail" | "skip";
  /** Bytes fed at a time. */
  readonly piece?: number;
}

/** What becomes of kernel tracing text. */
export function scan(
  text: string | Uint8Array,
  { onError = "fail", piece = 1 << 20 }: ScanOptions = {},
): Scanned {
  const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
  const { writer, events } = collector();
  const machine = createHostMachine(writer);
  const scanner = createKernelTextScanner(machine, { name: "trace", onError });
  for (let at = 0; at < bytes.length; at += piece) {
    // A piece is valid only until the next.
    const chunk = new Uint8Array(bytes.subarray(at, at + piece));
    scanner.feed(chunk);
    chunk.fill(0x3f);
  }
  const summary = scanner.finish();
  return { events, text: summary, host: machine.finish() };
}

/** Events as `vcpu kind register value @time`, what is empty left out. */
export const told = ({ events }: Pick<Scanned, "events">): string[] =>
  events.map(({ vcpu, pcpu, kind, register, value, time }) =>
    [`v${vcpu}`, `p${pcpu}`, kind, register, value === "-" ? "" : value, `@${time}`]
      .filter((part) => part !== "")
      .join(" "),
  );

/** Kinds alone, of one vCPU. */
export const kindsOf = ({ events }: Pick<Scanned, "events">, vcpu = 0): string =>
  events
    .filter((event) => event.vcpu === vcpu)
    .map(({ kind }) => kind)
    .join(" ");

export const cutPath = (name: string): string =>
  new URL(`../../../traces/kernel/${name}`, import.meta.url).pathname;

/** A committed cut, as text. */
export const cut = (name: string): string => gunzipSync(readFileSync(cutPath(name))).toString("latin1");

export const cutNames = [
  "kvm-vhe.trace.txt.gz",
  "kvm-nvhe.trace.txt.gz",
  "two-guests.report.txt.gz",
  "qemu-guest.script.txt.gz",
] as const;
