/** The committed cuts, against what a reading of each line by itself finds. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { reasonName } from "#src/trace/exits.js";
import type { TraceHeader } from "#src/trace/header.js";
import { Kind } from "#src/trace/kinds.js";
import { cut, cutNames, cutPath } from "./scanned.js";

const folder = mkdtempSync(join(tmpdir(), "trapline-kernel-"));
afterAll(() => rmSync(folder, { recursive: true }));

const count = (text: string, shape: RegExp): number => text.match(shape)?.length ?? 0;

const kinds = ({ tally }: TraceHeader, wanted: number): number =>
  tally.reduce((sum, [kind, , , n]) => (kind === wanted ? sum + n : sum), 0);

describe.each(cutNames)("%s", (name) => {
  const text = cut(name);

  it("is recognised, and says what it can show", async () => {
    const { importer, certainty, header } = await importTrace(cutPath(name), join(folder, `${name}.trl`));
    expect(importer).toBe("kernel-text");
    expect(certainty).toBeGreaterThan(0.95);
    expect(header.source.dialect).toBe(
      name.endsWith(".report.txt.gz")
        ? "trace-cmd report"
        : name.endsWith(".script.txt.gz")
          ? "perf script"
          : "tracefs trace",
    );
    expect(header.mode).toBe(name.startsWith("kvm-nvhe") ? "nvhe" : "vhe");
    expect(header.clock).toEqual({ unit: "ns", perCpu: false });
    expect(header.capabilities).toEqual({
      guestWrites: "trapped-only",
      guestReads: "trapped-only",
      values: false,
      entries: "full-only",
      runs: true,
      loads: true,
      switches: false,
      fpUse: "none",
      pauthUse: "none",
    });
  });

  it("has an event for each line that tells of one", async () => {
    const { header } = await importTrace(cutPath(name), join(folder, `${name}.trl`));
    const runs = count(text, /[ :]kvm_exit: /g);
    expect(runs).toBeGreaterThan(50);
    expect(kinds(header, Kind.fullExit)).toBe(runs);
    expect(kinds(header, Kind.runEnd)).toBe(runs);
    expect(kinds(header, Kind.runStart)).toBe(count(text, /[ :]kvm_entry: /g));
    expect(kinds(header, Kind.entry)).toBe(count(text, /[ :]kvm_entry: /g));
    const writes = count(text, /kvm_sys_access: .*(?:\) write| is_write=1 )/g);
    expect(kinds(header, Kind.emulatedWrite)).toBe(writes);
    expect(kinds(header, Kind.emulatedRead)).toBe(count(text, /kvm_sys_access: /g) - writes);
    const passed = Object.values(header.passedOver).reduce((sum, n) => sum + n, 0);
    const read = count(
      text,
      /[ :](?:kvm_(?:entry|exit|handle_sys_reg|sys_access|guest_fault|userspace_exit|vcpu_wakeup|timer_(?:save|restore)_state|get_timer_map)|sched_switch): /g,
    );
    expect(passed).toBe(count(text, /^[^#\n].*\[\d+\].*$/gm) - read);
  });

  it("has an exit for each reason that is printed", async () => {
    const { header } = await importTrace(cutPath(name), join(folder, `${name}.trl`));
    const printed: Record<string, number> = {};
    for (const [, code, ec] of text.matchAll(/[ :]kvm_exit: .*?(IRQ|TRAP): HSR_EC: 0x\w+ \((\w+)\)/g)) {
      const reason = code === "IRQ" ? code : ec;
      printed[reason] = (printed[reason] ?? 0) + 1;
    }
    const found: Record<string, number> = {};
    for (const [, fast, reason, , , n] of header.exits) {
      expect(fast).toBe(0);
      found[reasonName(reason)] = (found[reasonName(reason)] ?? 0) + n;
    }
    expect(found).toEqual(printed);
  });
});
