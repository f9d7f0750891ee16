/** Headers of traces that nobody recorded, for tests of what reads nothing else of a trace. */

import type { Capabilities } from "#src/trace/capabilities.js";
import type { TraceHeader } from "#src/trace/header.js";

/** What a recording that saw all there is says of itself. */
export const everything: Capabilities = {
  guestWrites: "all",
  guestReads: "all",
  values: true,
  entries: "all",
  runs: true,
  loads: true,
  switches: true,
  fpUse: "first-use",
  pauthUse: "trapped",
};

/** One CPU of a VHE host and one vCPU, which together executed a million instructions, and no event. */
export const headerOf = (given: Partial<TraceHeader> = {}): TraceHeader => ({
  tool: "test",
  source: { format: "test", dialect: "", name: "x", bytes: 0, lines: 0 },
  clock: { unit: "instructions", perCpu: true },
  mode: "vhe",
  events: 0,
  pcpus: [{ pcpu: 0, first: 1000, last: 1_001_000 }],
  vcpus: [{ vm: 1, mpidr: 0 }],
  guestTime: [600_000],
  places: [],
  registers: [-1],
  capabilities: everything,
  recorded: { guestSave: [], guestRestore: [], hostSave: [], hostRestore: [] },
  tally: [],
  exits: [],
  passedOver: {},
  anomalies: {},
  ...given,
});
