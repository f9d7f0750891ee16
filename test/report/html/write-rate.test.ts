/** The report of a recording without its guests' writes: what a verdict says of it. */

import { join } from "node:path";
import { expect, it } from "vitest";
import * as v from "valibot";
import { writeRateChart } from "#src/report/html/charts/write-rate.js";
import { writeRateSection } from "#src/report/html/write-rate-section.js";
import { writeRateCsv } from "#src/report/write-rate.js";
import type { RateRange, WriteRateRow } from "#src/verdict/write-rate-row.js";
import { jsonOf, outputOf, recording, temporaryFolder } from "../../cli/program.js";

const folder = temporaryFolder();
const trace = recording("kernel/kvm-vhe.trace.txt.gz");
const asked = ["--kernel", "6.18", "--features", "TCR2,S1PIE", "--samples", "500"];

const range = (likely: number, p5: number, p95: number): RateRange => ({
  likely,
  p5,
  p95,
  least: Math.min(p5, likely),
  greatest: Math.max(p95, likely),
});

const row = (
  policy: string,
  group: string,
  share: RateRange,
  windowsPerSecond: number | null,
): WriteRateRow => {
  const times = (factor: number | null): RateRange | null =>
    factor === null ? null : range(share.likely * factor, share.p5 * factor, share.p95 * factor);
  return {
    trace: "host.dat",
    mode: "vhe",
    kernel: "6.18",
    nesting: "none",
    profile: "neoverse-n1",
    unit: "cycles",
    policy,
    group,
    registers: [group],
    windows: 1000,
    windowsEndAt: "put",
    share,
    always: 0,
    never: 0,
    vcpuSeconds: windowsPerSecond === null ? null : 10,
    loadsPerSecond: windowsPerSecond,
    windowsPerSecond,
    writesPerSecond: times(windowsPerSecond),
    writesPerSecondAtRandom: times(windowsPerSecond),
    writesPerGuestSecond: null,
    vcpus: [],
    sentence: `a sentence of ${group}`,
  };
};

it("draws bounds in their order, and has a place for none and any", () => {
  const rows = [
    row("dirty-each", "PIR_EL1", range(0.01, 0, 0.05), 100),
    row("dirty-each", "TPIDR_EL1", range(0.1, 0.02, Infinity), 100),
    row("dirty-each", "VBAR_EL1", range(0, 0, 0.001), 100),
    row("dirty-each", "MAIR_EL1", range(Infinity, Infinity, Infinity), 100),
  ];
  const chart = writeRateChart(rows);
  const svg = chart?.panels[0].svg ?? "";
  const places = [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x));
  expect(places).toHaveLength(4);
  const [pir, tpidr, never, always] = places;
  expect(never).toBeLessThan(pir);
  expect(pir).toBeLessThan(tpidr);
  expect(tpidr).toBeLessThan(always);
  expect(svg).not.toMatch(/NaN|Infinity/);
  expect(svg).toContain(">none</text>");
  expect(svg).toContain(">any</text>");
  expect(chart?.summary[0]).toContain(
    "dirty-each, PIR_EL1: 1 (none to 5); dirty-each, TPIDR_EL1: 10 (2 to any)",
  );
  // The figures are those of the CSV of a verdict, in full digits.
  const csv = writeRateCsv(rows).trimEnd().split("\n");
  expect(
    chart?.data.rows.map((cells) =>
      cells
        .slice(0, -1)
        .map((cell) => cell ?? "")
        .join(","),
    ),
  ).toEqual(csv.slice(1));
  expect(chart?.data.columns.slice(0, -1).join(",")).toBe(csv[0]);
});

it("draws shares of windows where the clock tells no time, and marks what is modelled", () => {
  const chart = writeRateChart([
    { ...row("p", "PIR_EL1", range(0.01, 0.001, 0.05), null), modelled: "uses" },
  ]);
  expect(chart?.summary[0]).toContain(
    "windows with a write below which it wins: p, PIR_EL1: 1.0 % (0.10 % to 5.0 %)",
  );
  expect(chart?.panels[0].svg).toContain("share of windows with a write");
  expect(chart?.panels[0].svg).toContain("modelled input</text>");
  expect(writeRateChart([])).toBeUndefined();
});

it("names groups with the same figures once, and all of them below", () => {
  const same = range(0.01, 0.001, 0.05);
  const { html } = writeRateSection(
    [
      row("p", "PIR_EL1", same, 100),
      row("p", "VBAR_EL1", same, 100),
      row("p", "<b>", range(0.02, 0, 1), 100),
    ],
    "verdict",
  );
  expect(html).toContain("<td>PIR_EL1 and 1 more</td>");
  expect(html).toContain("PIR_EL1 and 1 more: PIR_EL1, VBAR_EL1</p>");
  expect(html).toContain("<td>&lt;b&gt;</td>");
  expect(html).toContain('<p class="sentence">a sentence of PIR_EL1</p>');
});

const ids = (html: string): string[] => [...html.matchAll(/<h2 id="([^"]+)">/g)].map(([, id]) => id);
const rowsSchema = v.object({ writeRates: v.array(v.object({ sentence: v.string() })) });

it("is in the report of a kernel's own tracing, in the place of a verdict, with what was not seen", () => {
  const html = outputOf(["report", trace, ...asked]);
  expect(ids(html)).toEqual(["verdict", "timeline", "exits", "exit-times", "missing", "provenance"]);
  const { writeRates } = v.parse(rowsSchema, jsonOf(["verdict", trace, ...asked, "--json"]));
  expect(html).toContain(`<p class="sentence">${writeRates[0].sentence}</p>`);
  expect(html).toContain("Not observed: register accesses of the guest that did not trap");
  expect(html).toMatch(
    /Policies compared, break-even map and registers of [^<]*it does not show its guests' writes/,
  );
  expect(html).toContain("500 draws of the prices, seed 1.");
  // Writes that were not seen are no line of zeros.
  const packed = /<script type="application\/json" id="timelines">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
  expect(packed).toContain('"what":"runs"');
  expect(packed).not.toMatch(/"what":"(?:writes|saves|traps)"/);
  // `inspect` prints the same.
  const text = outputOf(["inspect", trace]);
  expect(text).toMatch(/^DABT_LOW +15 +9\.20% +76\.31% +40\.00 +2242\.27 +7955\.00$/m);
  expect(html).toMatch(
    /<td>all<\/td><td>DABT_LOW<\/td><td class="n">15<\/td><td>9\.20 %<\/td><td>76\.31 %<\/td><td class="n">40<\/td><td class="n"[^>]*>2242\.27<\/td>/,
  );
});

it("is the same of a result as of its trace", () => {
  const file = join(folder, "verdict.json");
  const words = [trace, ...asked, "--nesting", "none,l2-nv2"];
  outputOf(["verdict", ...words, "--json", "-o", file]);
  const table = (html: string): string | undefined =>
    /<table data-table="write-rates">.*?<\/table>/s.exec(html)?.[0];
  const [ofTrace, ofResult] = [outputOf(["report", ...words]), outputOf(["report", file])];
  expect(table(ofResult)).toBeDefined();
  expect(table(ofResult)).toBe(table(ofTrace));
  expect(ids(ofResult)[0]).toBe("verdict");
});
