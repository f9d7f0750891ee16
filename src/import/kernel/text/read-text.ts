import { basename } from "node:path";
import { TraplineError } from "../../../errors.js";
import type { Importer } from "../../importer.js";
import { createHostMachine } from "../host-machine.js";
import { createKernelTextScanner } from "./scan.js";

/** Reads what a host's tracing printed and writes what its vCPUs did. */
export const readKernelText: Importer["read"] = async (recording, writer, options) => {
  const machine = createHostMachine(writer);
  const scanner = createKernelTextScanner(machine, options);
  for await (const chunk of recording.chunks) scanner.feed(chunk);
  const text = scanner.finish();
  const host = machine.finish();
  if (host.vcpus.length === 0) {
    throw new TraplineError(
      "input",
      "holds no run of a guest: there is no kvm_entry or kvm_exit in it",
      { file: options.name },
      "Record with the kvm events enabled while a guest runs: trace-cmd record -e kvm -e sched:sched_switch",
    );
  }
  const { origin } = text;
  const counts: Record<string, number> = {
    "malformed line": text.malformed,
    "event overwritten before the first": text.overwritten,
  };
  return {
    source: {
      format: "kernel-text",
      dialect: text.dialect,
      name: basename(options.name),
      bytes: text.bytes,
      lines: text.lines,
    },
    clock: { unit: text.unit, perCpu: false, ...(origin === 0 ? {} : { origin }) },
    mode: host.mode,
    vcpus: host.vcpus,
    pcpus: host.pcpus,
    capabilities: host.capabilities,
    recorded: { guestSave: [], guestRestore: [], hostSave: [], hostRestore: [] },
    passedOver: text.passedOver,
    anomalies: {
      ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
      ...host.anomalies,
    },
  };
};
