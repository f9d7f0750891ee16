import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { importTrace, type ImportResult } from "#src/import/import.js";
import { kindName } from "#src/trace/kinds.js";
import { traceEvents } from "#src/trace/events.js";
import { openTrace } from "#src/trace/reader.js";
import { temporaryFolder, trapline } from "../../../cli/program.js";
import { encodeDat, type Content, type Page, type Shape } from "./encoder.js";
import { eventsOf, formats } from "./host.js";

const folder = temporaryFolder();
const shape: Shape = { version: 7, little: true, long: 8, compression: "zlib", pageSize: 256 };
const { entry, exit, sysReg, other } = eventsOf(true);

const pages: readonly Page[] = [
  { time: 1000n, items: [entry(0, 7), exit(100, 7, 2, 0x18), sysReg(1, 7, 0x6230_0501n), other(1, 4)] },
  { time: 2000n, items: [entry(0, 7), exit(100, 7, 0, 0)], lost: 3 },
];
const contentOf = (clock = "mono"): Content => ({
  formats,
  commands: { 7: "CPU 0/KVM" },
  instances: [{ name: "", clock, cpus: [{ cpu: 5, pages }] }],
});
const file = encodeDat(shape, contentOf());

function write(bytes: Uint8Array, name: string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function eventsIn(path: string): string[] {
  const trace = openTrace(path);
  const events = Array.from(traceEvents(trace), ({ kind, time }) => `${kindName(kind)} ${time}`);
  trace.close();
  return events;
}

const importFile = (
  bytes: Uint8Array,
  name: string,
  onError: "fail" | "skip" = "fail",
): Promise<ImportResult> => importTrace(write(bytes, name), join(folder, `${name}.trl`), { onError });

describe("importing a trace.dat", () => {
  it("gives a trace of the host's vCPUs", async () => {
    const { importer, certainty, header } = await importFile(file, "host");
    expect({ importer, certainty }).toEqual({ importer: "trace-dat", certainty: 1 });
    expect(header).toMatchObject({
      source: { format: "trace-dat", dialect: "version 7", name: "host", bytes: file.length, lines: 6 },
      clock: { unit: "ns", perCpu: false },
      pcpus: [{ pcpu: 5, first: 1000, last: 2100 }],
      vcpus: [{ thread: 7, name: "CPU 0/KVM" }],
      capabilities: { entries: "full-only", runs: true, switches: false },
      passedOver: { kvm_mmio: 1 },
      anomalies: { "lost event": 3 },
    });
    expect(eventsIn(join(folder, "host.trl"))).toEqual([
      "load 1000",
      "runStart 1000",
      "entry 1000",
      "fullExit 1100",
      "runEnd 1100",
      "lost 2000",
      "load 2000",
      "runStart 2000",
      "entry 2000",
      "fullExit 2100",
      "runEnd 2100",
    ]);
  });

  it("gives the same trace of a compressed file and of standard input, and leaves nothing behind", async () => {
    await importFile(gzipSync(file), "host.gz");
    const before = readdirSync(folder);
    const output = join(folder, "pipe.trl");
    expect(trapline(["import", "-", "-o", output], { input: file })).toMatchObject({ status: 0, stderr: "" });
    expect(readdirSync(folder)).toEqual([...before, "pipe.trl"].toSorted());
    const events = eventsIn(join(folder, "host.trl"));
    expect(events.length).toBe(11);
    expect(eventsIn(join(folder, "host.gz.trl"))).toEqual(events);
    expect(eventsIn(output)).toEqual(events);
  });

  it("counts damage that it passes over", async () => {
    const damaged = Buffer.from(encodeDat({ ...shape, compression: "none" }, contentOf()));
    const second = damaged.lastIndexOf(Buffer.from([0xd0, 0x07, 0, 0, 0, 0, 0, 0]));
    damaged.writeUInt32LE(0x7ffffff, second + 8);
    await expect(importFile(damaged, "damaged")).rejects.toThrow("a page holds 134217727 bytes of events");
    const { header } = await importFile(damaged, "damaged", "skip");
    expect(header.anomalies).toMatchObject({ "damaged place": 1 });
    expect(header.source.lines).toBe(4);
  });

  it.each([
    ["x86-tsc", "cycles"],
    ["counter", "ticks"],
    ["boot", "ns"],
  ])("takes the unit of the clock %s", async (clock, unit) => {
    const { header } = await importFile(encodeDat(shape, contentOf(clock)), "clock");
    expect(header.clock.unit).toBe(unit);
  });

  it("refuses instances whose clocks differ", async () => {
    const [top] = contentOf().instances;
    const two = { ...contentOf(), instances: [top, { ...top, name: "second", clock: "local" }] };
    await expect(importFile(encodeDat(shape, two), "two")).rejects.toThrow("different clocks: mono, local");
  });
});

describe("perf.data", () => {
  it.each(["PERFILE2", "2ELIFREP"])("is refused by its magic %s, and the way to read it named", (magic) => {
    const path = write(Buffer.from(`${magic}${"\0".repeat(100)}`), "perf.data");
    expect(trapline(["import", path])).toEqual({
      status: 1,
      stdout: "",
      stderr:
        `trapline: ${path}: is perf.data, whose form only perf knows. ` +
        "Print it as text (perf script -i FILE), and import that\n",
    });
  });
});
