import { basename } from "node:path";
import type { Capabilities } from "../../trace/capabilities.js";
import { Kind } from "../../trace/kinds.js";
import type { Importer } from "../importer.js";
import { createRecorder } from "../machine/recorder.js";
import { createWorld, type WorldSummary } from "../machine/world.js";
import { hasCountedReads } from "./counted.js";
import { scanText } from "./parts/scan-text.js";
import { createTarmacScanner, type TarmacSummary } from "./scan.js";

/** What the text calls its unit, in words; microseconds are read as nanoseconds. */
const units: Readonly<Record<string, string>> = { cs: "cycles", cyc: "cycles", ns: "ns", ps: "ps", us: "ns" };

function clockOf({ unit, perCpu }: TarmacSummary): { readonly unit: string; readonly perCpu: boolean } {
  return { unit: perCpu ? "instructions" : (units[unit] ?? "ticks"), perCpu };
}

/** Reads an instruction log and writes what its guests and their hypervisor did. */
export const readTarmac: Importer["read"] = async (recording, writer, options) => {
  const recorder = createRecorder(writer);
  const world = createWorld(recorder);
  const scanner = createTarmacScanner(world, options);
  await scanText(scanner, recording, options.threads);
  const text = scanner.finish();
  const machine = world.finish();
  const malformed = text.malformed > 0 ? { "malformed line": text.malformed } : {};
  return {
    source: {
      format: "tarmac",
      dialect: text.dialect,
      name: basename(options.name),
      bytes: text.bytes,
      lines: text.lines,
    },
    clock: clockOf(text),
    mode: machine.mode,
    vcpus: recorder.vcpus,
    pcpus: machine.pcpus,
    capabilities: capabilitiesOf(text, machine),
    recorded: {
      guestSave: recorder.list(Kind.saveGuest),
      guestRestore: recorder.list(Kind.restoreGuest),
      hostSave: recorder.list(Kind.saveHost),
      hostRestore: recorder.list(Kind.restoreHost),
    },
    passedOver: text.passedOver,
    anomalies: { ...malformed, ...machine.anomalies },
  };
};

function capabilitiesOf(text: TarmacSummary, machine: WorldSummary): Capabilities {
  const hypervisor = machine.mode !== "none";
  return {
    guestWrites: "all",
    // A log of every instruction has ordinary ones; without any, someone chose what to log. Some recorders say so.
    guestReads: text.ordinary > 0 && !hasCountedReads(text.passedOver) ? "all" : "filtered",
    values: text.values,
    entries: hypervisor ? "all" : "none",
    runs: hypervisor,
    // An nVHE host loads and puts at EL1, where nothing in the log tells it from other host code.
    loads: machine.mode === "vhe",
    switches: hypervisor,
    fpUse: hypervisor ? "first-use" : "none",
    pauthUse: hypervisor && machine.pauthTrapped ? "trapped" : "none",
  };
}
