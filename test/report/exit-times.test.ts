import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { exitTimesJson, exitTimesText, measureExits, type ExitTimes } from "#src/report/exit-times.js";
import { openTrace, type Trace } from "#src/trace/reader.js";
import { cut } from "../import/kernel/scanned.js";

const folder = mkdtempSync(join(tmpdir(), "trapline-times-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function measured<T>(text: string, use: (trace: Trace, times: ExitTimes[]) => T): Promise<T> {
  const path = join(folder, "times.trl");
  writeFileSync(`${path}.txt`, text, "latin1");
  await importTrace(`${path}.txt`, path);
  const trace = openTrace(path);
  try {
    return use(trace, measureExits(trace));
  } finally {
    trace.close();
  }
}

const entry = (us: number, pid = 7, cpu = 0): string =>
  `v-${pid} [00${cpu}] 1.${String(us).padStart(6, "0")}: kvm_entry: PC: 0x0\n`;
const exit = (us: number, how: string, pid = 7, cpu = 0): string =>
  `v-${pid} [00${cpu}] 1.${String(us).padStart(6, "0")}: kvm_exit: ${how}, PC: 0x0\n`;
const irq = "IRQ: HSR_EC: 0x0000 (UNKNOWN)";
const wfx = "TRAP: HSR_EC: 0x0001 (WFx)";

describe("measureExits", () => {
  it("takes the time to the next entry of the same vCPU, on any CPU", async () => {
    const text =
      entry(1) +
      exit(2, irq) +
      entry(5, 8, 1) +
      entry(12) +
      exit(13, irq) +
      exit(14, wfx, 8, 1) +
      entry(43, 7, 1) +
      exit(50, wfx);
    await measured(text, ({ header }, times) => {
      expect(times).toEqual([
        { vcpu: 0, reason: 64, samples: 2, timed: 2, sum: 40_000, min: 10_000, max: 30_000 },
        { vcpu: 0, reason: 1, samples: 1, timed: 0, sum: 0, min: 0, max: 0 },
        { vcpu: 1, reason: 1, samples: 1, timed: 0, sum: 0, min: 0, max: 0 },
      ]);
      expect(exitTimesJson(header, times)).toEqual([
        {
          vcpu: 0,
          thread: 7,
          reason: "IRQ",
          samples: 2,
          timed: 2,
          min: 10_000,
          average: 20_000,
          max: 30_000,
        },
        { vcpu: 0, thread: 7, reason: "WFx", samples: 1, timed: 0 },
        { vcpu: 1, thread: 8, reason: "WFx", samples: 1, timed: 0 },
      ]);
      const table = exitTimesText(header, times)
        .split("\n")
        .map((line) => line.trim().split(/\s{2,}/));
      expect(table).toContainEqual(["IRQ", "2", "50.00%", "100.00%", "10.00", "20.00", "30.00"]);
      expect(table).toContainEqual(["WFx", "2", "50.00%", "0.00%", "-", "-", "-"]);
      expect(table).toContainEqual(["v-7", "IRQ", "2", "66.67%", "100.00%", "10.00", "20.00", "30.00"]);
    });
  });

  it("does not time an exit over lost events of its CPU", async () => {
    const around = (cpu: number): string =>
      `${entry(1)}${exit(2, irq)}CPU:${cpu} [LOST 3 EVENTS]\n${entry(5, 8, cpu)}${exit(6, wfx, 8, cpu)}${entry(9)}${exit(10, irq)}`;
    const timed = (text: string): Promise<number> =>
      measured(
        text,
        (_, times) => times.find(({ vcpu, reason }) => vcpu === 0 && reason === 64)?.timed ?? -1,
      );
    expect(await timed(around(0))).toBe(0);
    expect(await timed(around(1))).toBe(1);
  });

  it("finds what a reading of each line finds", async () => {
    const text = cut("two-guests.report.txt.gz");
    const spans = new Map<string, number[]>();
    const left = new Map<string, [string, number]>();
    for (const [, pid, seconds, micros, event, rest] of text.matchAll(
      /-(\d+)\s+\[\d+\] \S+\s+(\d+)\.(\d+): kvm_(entry|exit): (.*)/g,
    )) {
      const time = 1e6 * Number(seconds) + Number(micros);
      const before = left.get(pid);
      if (event === "exit") {
        const [, code, ec] = /(IRQ|TRAP): HSR_EC: 0x\w+ \((\w+)\)/.exec(rest) ?? [];
        left.set(pid, [code === "IRQ" ? code : ec, time]);
      } else if (before !== undefined) {
        const key = `${pid} ${before[0]}`;
        spans.set(key, [...(spans.get(key) ?? []), time - before[1]]);
        left.delete(pid);
      }
    }
    expect(spans.size).toBeGreaterThan(5);
    await measured(text, ({ header }, times) => {
      const rows = exitTimesJson(header, times).filter(({ timed }) => timed !== 0);
      const found = rows.map(({ thread, reason, timed, min, max }) => [
        `${String(thread)} ${String(reason)}`,
        { timed, min, max },
      ]);
      const expected = [...spans].map(([key, list]) => [
        key,
        { timed: list.length, min: 1000 * Math.min(...list), max: 1000 * Math.max(...list) },
      ]);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    });
  });
});
