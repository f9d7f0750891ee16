import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkTrace } from "#src/check/check-trace.js";
import { importTrace } from "#src/import/import.js";
import { recording, temporaryFolder } from "../cli/program.js";

const folder = temporaryFolder();
const long = process.env["TRAPLINE_LONG"] !== undefined;
const kernel = [
  "kernel/kvm-vhe.trace.txt.gz",
  "kernel/kvm-nvhe.trace.txt.gz",
  "kernel/two-guests.report.txt.gz",
];
const tarmac = [
  "kvm-vhe.tarmac.zst",
  "kvm-nvhe.tarmac.zst",
  "chatty-vhe.tarmac.zst",
  "bare/bare-boot.tarmac.gz",
];

describe("a committed recording", () => {
  it.each(long ? [...kernel, ...tarmac] : kernel)(
    "makes a trace in which nothing is wrong (%s)",
    async (name) => {
      const path = join(folder, "own.trl");
      const { header } = await importTrace(recording(name), path);
      const { whole, findings, notes } = checkTrace(path);
      expect({ whole, findings }).toEqual({ whole: true, findings: [] });
      // The importer holds back what the hypervisor restores until it knows for whom.
      expect(notes.map(({ count }) => count)).toEqual((header.breaches ?? []).map(({ count }) => count));
    },
    600_000,
  );
});
