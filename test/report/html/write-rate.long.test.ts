import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { firstLines, outputOf, recording, temporaryFolder } from "../../cli/program.js";
import { hasNoBrowser, skipNote, useBrowser } from "./browser.js";

const folder = temporaryFolder();
const html = join(folder, "report.html");
const both = join(folder, "both.html");
const trace = recording("kernel/two-guests.report.txt.gz");
const asked = ["--kernel", "6.18", "--features", "TCR2,S1PIE"];

describe.skipIf(hasNoBrowser)(`the page of a recording without its guests' writes${skipNote}`, () => {
  const open = useBrowser();
  beforeAll(async () => {
    outputOf(["report", trace, ...asked, "-o", html]);
    const cut = join(folder, "kvm-vhe.tarmac");
    writeFileSync(cut, await firstLines("kvm-vhe.tarmac.zst", 20_000));
    outputOf(["report", cut, trace, ...asked, "-o", both]);
  }, 120_000);

  it("says nothing on the console, has its sections in order, and no empty picture", async () => {
    const { page, complaints, requests } = await open(html);
    expect(await page.locator("h2").allTextContents()).toEqual([
      "Write rates below which dirty-save wins",
      "Timeline per vCPU",
      "Exit reasons",
      "Time from exit to entry",
      "Not in this report",
      "Provenance",
    ]);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([`file://${html}`]);
    const pictures = await page.evaluate<[number, number][]>(
      `[...document.querySelectorAll("svg.chart")].map((svg) => [svg.querySelectorAll("circle, rect, path").length, svg.getBoundingClientRect().width])`,
    );
    expect(pictures.length).toBeGreaterThan(3);
    for (const [marks, width] of pictures) {
      expect(marks).toBeGreaterThan(3);
      expect(width).toBeGreaterThan(100);
    }
    const lanes = await page.evaluate<string[]>(
      `[...document.querySelectorAll(".vcpu")[0].querySelectorAll("dd")].map((dd) => dd.dataset.of)`,
    );
    expect(lanes.slice(0, 2)).toEqual(["loaded", "runs"]);
    expect(lanes.filter((lane) => /writes|traps|saves/.test(lane))).toEqual([]);
    expect(lanes.filter((lane) => lane.startsWith("exits "))).not.toEqual([]);
  });

  it("draws what a verdict says, and gives it as CSV", async () => {
    const { page } = await open(html);
    const csv = outputOf(["verdict", trace, ...asked, "--nesting", "none,l2,l2-nv2", "--format", "csv"]);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.locator('button[data-csv="write-rates"]').click(),
    ]);
    const lines = readFileSync(await download.path(), "utf8")
      .trimEnd()
      .split("\n");
    // The page's has a column for what is modelled.
    expect(lines.map((line) => line.replace(/,(?:modelled)?$/, ""))).toEqual(csv.trimEnd().split("\n"));
    const titles = await page.evaluate<string[]>(
      `[...document.querySelectorAll('section[aria-labelledby="write-rates"] svg [data-title]')].map((mark) => mark.dataset.title)`,
    );
    const rates = lines.slice(1).map((line) => line.split(",")[16]);
    const shown = titles.map(
      (title) => /(loses at any rate|wins at any rate|wins below [\d.]+) writes/.exec(title)?.[1],
    );
    expect(shown).not.toContain(undefined);
    expect(new Set(shown).size).toBe(
      new Set(rates.map((rate) => (rate === "none" ? rate : Number(rate).toPrecision(3)))).size,
    );
    const exits = await Promise.all([
      page.waitForEvent("download"),
      page.locator('button[data-csv="exit-times-1"]').click(),
    ]);
    expect(readFileSync(await exits[0].path(), "utf8")).toMatch(
      /^vcpu,exit,samples,share,of time,min us,average us,max us\nall,/,
    );
  });

  it("comes after the verdict on recordings that have one", async () => {
    const { page, complaints } = await open(both, { colorScheme: "dark" });
    expect((await page.locator("h2").allTextContents()).slice(0, 3)).toEqual([
      "Verdict",
      "Write rates below which dirty-save wins",
      "Policies compared: cost against eager",
    ]);
    expect(complaints).toEqual([]);
  });
});
