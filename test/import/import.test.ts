import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TraplineError } from "#src/errors.js";
import { importTrace } from "#src/import/import.js";
import { registerName } from "#src/registers/lookup.js";
import { traceEvents } from "#src/trace/events.js";
import { kindName } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { fixture, scan } from "./tarmac/scanned.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trapline-import-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const fixturePath = (name: string): string =>
  new URL(`tarmac/fixtures/${name}.tarmac.gz`, import.meta.url).pathname;

describe("importTrace", () => {
  it("writes the events that the scanner finds", async () => {
    const output = join(folder, "vhe.trl");
    const { importer, certainty, header } = await importTrace(fixturePath("vhe"), output);
    expect({ importer, certainty }).toEqual({ importer: "tarmac", certainty: 1 });
    const trace = openTrace(output);
    const events = Array.from(traceEvents(trace), ({ kind, register, place, time, hasValue, lo, hi }) => {
      const value = hasValue ? ((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)).toString(16) : "-";
      const encoding = header.registers[register];
      const name = register === 0 ? "" : encoding === 0x10000 ? "FPSIMD" : registerName(encoding);
      return `p${header.places[2 * place]} v${header.places[2 * place + 1]} ${kindName(kind)} ${name} ${value} @${time}`;
    });
    trace.close();
    expect(events).toEqual(scan(fixture("vhe")).events);
  });

  it("says what the recording is and can answer", async () => {
    const { header } = await importTrace(fixturePath("nvhe"), join(folder, "nvhe.trl"));
    const text = fixture("nvhe");
    expect(header).toMatchObject({
      source: {
        format: "tarmac",
        dialect: "Fast Models, cpuN",
        name: "nvhe.tarmac.gz",
        bytes: text.length,
        lines: text.split("\n").length - 1,
      },
      clock: { unit: "instructions", perCpu: true },
      mode: "nvhe",
      capabilities: { guestWrites: "all", guestReads: "filtered", loads: false, runs: true, switches: true },
      anomalies: {},
    });
    const names = (list: readonly number[]): string[] =>
      list.map((each) => registerName(header.registers[each]));
    // The order of __sysreg_save_el1_state and its siblings in Linux 7.2 under nVHE.
    expect(names(header.recorded.hostSave).slice(0, 4)).toEqual([
      "SCTLR_EL1",
      "CPACR_EL1",
      "TTBR0_EL1",
      "TTBR1_EL1",
    ]);
    expect(names(header.recorded.guestRestore).slice(0, 4)).toEqual([
      "VPIDR_EL2",
      "VMPIDR_EL2",
      "SCTLR_EL1",
      "TCR_EL1",
    ]);
  });

  it("writes the same bytes each time", async () => {
    const [one, two] = [join(folder, "one.trl"), join(folder, "two.trl")];
    const { header } = await importTrace(fixturePath("chatty"), one);
    expect((await importTrace(fixturePath("chatty"), two)).header).toEqual(header);
  });

  it("leaves nothing behind when it fails", async () => {
    const before = readdirSync(folder);
    const path = join(folder, "bad.tarmac");
    writeFileSync(path, `${fixture("vhe")}garbage\n`);
    const failed = importTrace(path, join(folder, "bad.trl"));
    await expect(failed).rejects.toThrow(TraplineError);
    await expect(failed).rejects.toMatchObject({ code: "input", place: { file: path, line: 9007 } });
    expect(readdirSync(folder).filter((name) => name !== "bad.tarmac")).toEqual(before);
  });

  it("counts malformed lines it was told to skip", async () => {
    const path = join(folder, "skip.tarmac");
    writeFileSync(path, `${fixture("vhe")}garbage\nmore garbage`);
    const { header } = await importTrace(path, join(folder, "skip.trl"), { onError: "skip" });
    expect(header.anomalies).toEqual({ "malformed line": 2 });
  });

  it("refuses what no importer knows, and nothing at all", async () => {
    const path = join(folder, "prose.txt");
    writeFileSync(path, "It was a dark and stormy night.\n");
    await expect(importTrace(path, join(folder, "no.trl"))).rejects.toMatchObject({ code: "input" });
    writeFileSync(path, "");
    await expect(importTrace(path, join(folder, "no.trl"))).rejects.toMatchObject({ code: "input" });
  });
});
