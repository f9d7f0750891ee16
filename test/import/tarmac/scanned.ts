import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { createRecorder } from "#src/import/machine/recorder.js";
import { createWorld, type WorldSummary } from "#src/import/machine/world.js";
import { createTarmacScanner, type TarmacOptions, type TarmacSummary } from "#src/import/tarmac/scan.js";
import { collector, type Collected } from "../machine/collect.js";

export interface Scanned {
  /** `p0 v1 guestWrite TTBR0_EL1 1000 @12`. */
  readonly events: readonly string[];
  readonly collected: readonly Collected[];
  readonly text: TarmacSummary;
  readonly machine: WorldSummary;
}

/** What is made of a text that comes in these chunks. */
export function scanChunks(chunks: Iterable<Uint8Array>, options: Partial<TarmacOptions> = {}): Scanned {
  const { writer, events } = collector();
  const world = createWorld(createRecorder(writer));
  const scanner = createTarmacScanner(world, { name: "test.tarmac", onError: "fail", ...options });
  for (const chunk of chunks) scanner.feed(chunk);
  const text = scanner.finish();
  const machine = world.finish();
  return { events: events.map(show), collected: events, text, machine };
}

export const scan = (text: string, options?: Partial<TarmacOptions>): Scanned =>
  scanChunks([Buffer.from(text, "latin1")], options);

const show = ({ pcpu, vcpu, kind, register, value, time }: Collected): string =>
  `p${pcpu} v${vcpu} ${kind} ${register} ${value} @${time}`;

/**
 * A few thousand lines from the middle of a recording each, with what HCR_EL2, VTTBR_EL2 and VMPIDR_EL2 held
 * before them: `vhe` and `nvhe` of Linux 7.2 with a busy guest, `chatty` of a Linux 6.12 that saves what is dirty.
 */
export function fixture(name: "vhe" | "nvhe" | "chatty"): string {
  const packed = readFileSync(new URL(`fixtures/${name}.tarmac.gz`, import.meta.url));
  return gunzipSync(packed).toString("latin1");
}
