import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import * as v from "valibot";
import {
  firstLines,
  importInto,
  jsonOf,
  outputOf,
  recording,
  repository,
  temporaryFolder,
  trapline,
} from "../../cli/program.js";
import { hasNoBrowser, skipNote, useBrowser } from "./browser.js";

const folder = temporaryFolder();
const trace = join(folder, "kvm-vhe.trl");
const html = join(folder, "report.html");

const totals = v.object({ traps: v.number(), saves: v.number(), elided: v.number() });
const replaySchema = v.object({
  policies: v.array(
    v.object({
      policy: v.string(),
      registers: v.array(v.object({ register: v.string(), context: v.string(), ...totals.entries })),
      vcpus: v.array(v.object({ mpidr: v.number(), totals })),
    }),
  ),
});
const verdictSchema = v.object({
  rows: v.array(
    v.object({
      policy: v.string(),
      group: v.nullable(v.string()),
      nesting: v.string(),
      traps: v.number(),
      savesElided: v.number(),
      windows: v.number(),
      writeShare: v.nullable(v.number()),
      sentence: v.string(),
      difference: v.object({ likely: v.number(), least: v.number(), greatest: v.number() }),
    }),
  ),
});
const inspectSchema = v.object({
  traces: v.array(
    v.object({
      exits: v.array(v.object({ reason: v.string(), register: v.optional(v.string()), count: v.number() })),
    }),
  ),
});

type Rows = readonly Readonly<Record<string, string>>[];

/** The figures of a chart as the page has them, in full digits, whether they are shown or folded away. */
const tableOf = (page: Page, id: string): Promise<Rows> =>
  page.evaluate<Rows>(`(() => {
    const [head, ...rows] = [...document.querySelector('table[data-table="${id}"]').rows]
      .map((row) => [...row.cells].map((cell) => cell.dataset.value ?? cell.textContent));
    return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at].replaceAll("\\u202f", "")])));
  })()`);

/** What the marks of a chart's pictures say. */
const titlesOf = (page: Page, id: string): Promise<string[]> =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll('section[aria-labelledby="${id}"] svg [data-title]')].map((mark) => mark.dataset.title)`,
  );

/** Figures of the first timeline's readout, by name. */
const readoutOf = (page: Page): Promise<Readonly<Record<string, string>>> =>
  page.evaluate<Readonly<Record<string, string>>>(
    `Object.fromEntries([...document.querySelectorAll(".vcpu")[0].querySelectorAll("dd")].map((dd) => [dd.dataset.of, dd.dataset.value ?? ""]))`,
  );

/** Until a change is drawn and told: words follow a tenth of a second later. */
const frame = (page: Page): Promise<unknown> =>
  page.evaluate(
    "new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(done), 150)))",
  );

describe.skipIf(hasNoBrowser)(`the page of a report${skipNote}`, () => {
  const open = useBrowser();
  let replay: v.InferOutput<typeof replaySchema>;
  let verdict: v.InferOutput<typeof verdictSchema>;
  let inspected: v.InferOutput<typeof inspectSchema>;

  beforeAll(async () => {
    const cut = join(folder, "kvm-vhe.tarmac");
    writeFileSync(cut, await firstLines("kvm-vhe.tarmac.zst", 60_000));
    importInto(trace, cut);
    outputOf(["report", trace, "-o", html]);
    replay = v.parse(replaySchema, jsonOf(["replay", trace, "--by", "vcpu", "--json"]));
    verdict = v.parse(verdictSchema, jsonOf(["verdict", trace, "--nesting", "none,l2,l2-nv2", "--json"]));
    inspected = v.parse(inspectSchema, jsonOf(["inspect", trace, "--json"]));
  }, 120_000);

  it("says nothing on the console, asks for nothing, and has its sections in order", async () => {
    const { page, complaints, requests } = await open(html);
    expect(await page.locator("h2").allTextContents()).toEqual([
      "Verdict",
      "Policies compared: cost against eager",
      "Break-even map: trap price against write rate",
      "Registers against policies",
      "Timeline per vCPU",
      "The recording's own kernel against the model",
      "Exit reasons",
      "Provenance",
    ]);
    expect(await page.locator(".sentence").textContent()).toBe(verdict.rows[0].sentence);
    expect(await page.locator(".figures dd").count()).toBe(3);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([`file://${html}`]);
  });

  it("draws what a verdict says", async () => {
    const { page } = await open(html);
    const rows = await tableOf(page, "cost");
    expect(rows.map((row) => [row["policy"], row["group"], row["nesting"], Number(row["likely"])])).toEqual(
      verdict.rows.map((row) => [row.policy, row.group ?? "", row.nesting, row.difference.likely]),
    );
    const titles = await titlesOf(page, "cost");
    expect(titles).toHaveLength(verdict.rows.length);
    verdict.rows.forEach((row, at) => {
      expect(titles[at]).toContain(`${row.traps} traps, ${row.savesElided} saves elided`);
    });
    // In each picture costs stand in the order of their sizes.
    const places = await page.evaluate<number[]>(
      `[...document.querySelectorAll('section[aria-labelledby="cost"] svg.chart')[1].querySelectorAll("[data-title]")].map((dot) => dot.getBoundingClientRect().x)`,
    );
    const own = verdict.rows.filter(({ nesting }) => nesting === verdict.rows.at(places.length)?.nesting);
    expect(own).toHaveLength(places.length);
    const order = (values: readonly number[]): number[] =>
      values.map((_, at) => at).toSorted((a, b) => values[a] - values[b] || a - b);
    const likely = own.map(({ difference }) => difference.likely);
    const drawn = order(likely).map((at) => places[at]);
    drawn.slice(1).forEach((place, at) => expect(place).toBeGreaterThanOrEqual(drawn[at] - 0.01));
  });

  it("draws the break-even map of the groups that have a place on it", async () => {
    const { page } = await open(html);
    const mapped = verdict.rows.filter(({ writeShare }) => writeShare !== null);
    const rows = await tableOf(page, "break-even");
    expect(rows.map((row) => Number(row["write_share"]))).toEqual(mapped.map(({ writeShare }) => writeShare));
    rows.forEach((row, at) =>
      expect(row["costs_less"]).toBe(mapped[at].difference.likely < 0 ? "yes" : "no"),
    );
    const said = (await titlesOf(page, "break-even")).flatMap((title) => title.split("\n"));
    expect(said).toHaveLength(mapped.length);
  });

  it("draws registers against policies, and exits, with the counts of replay and inspect", async () => {
    const { page } = await open(html);
    const titles = await titlesOf(page, "registers");
    const [, ...tracked] = replay.policies;
    for (const { policy, registers } of tracked) {
      for (const { register, context, traps, saves, elided } of registers.filter((row) => row.traps > 0)) {
        expect(context).toBe("guest");
        const title = `${register}, ${policy}\n${traps} traps, ${saves} saves, ${elided} elided`;
        expect(titles.filter((each) => each.startsWith(title))).toHaveLength(2);
      }
    }
    const exits = await tableOf(page, "exits");
    expect(exits.map((row) => Number(row["count"]))).toEqual(
      inspected.traces[0].exits.map(({ count }) => count),
    );
    const bars = await page.evaluate<{ width: number; count: number }[]>(
      `[...document.querySelectorAll('section[aria-labelledby="exits"] svg rect[data-title]')].map((bar) => ({
        width: Number(bar.getAttribute("width")), count: Number(/: (\\d+) of/.exec(bar.dataset.title)[1]) }))`,
    );
    const [widest] = bars.toSorted((a, b) => b.count - a.count);
    for (const { width, count } of bars) expect(width / widest.width).toBeCloseTo(count / widest.count, 2);
  });

  it("shows where the recorded kernel agrees", async () => {
    const { page } = await open(html);
    const rows = await tableOf(page, "validation");
    const compared = rows.filter((row) => row["agree"] !== "not modelled");
    expect(compared.length).toBeGreaterThan(50);
    expect(compared.every((row) => row["recorded"] === row["model"])).toBe(true);
    expect(await page.locator('section[aria-labelledby="validation"]').textContent()).toContain(
      `agrees with the recorded kernel in all ${compared.length} rows`,
    );
  });

  it("zooms a timeline by keys from the whole run to single windows", async () => {
    const { page, complaints } = await open(html);
    const name = await page.locator(".vcpu h4").first().textContent();
    const at = replay.policies[0].vcpus.findIndex(({ mpidr }) => name?.includes(`0x${mpidr.toString(16)}`));
    expect(at).toBeGreaterThanOrEqual(0);
    const whole = await readoutOf(page);
    for (const policy of ["eager", "dirty-pie", "dirty-each"]) {
      const counted = replay.policies.find((each) => each.policy === policy)?.vcpus[at].totals;
      expect([whole[`traps ${policy}`], whole[`saves ${policy}`]].map(Number)).toEqual([
        counted?.traps,
        counted?.saves,
      ]);
    }
    const canvas = page.locator(".canvas").first();
    await canvas.focus();
    const said = page.locator(".said").first();
    const counts: number[] = [];
    for (let press = 0; press < 8; press++) {
      await page.keyboard.press("+");
      await frame(page);
      counts.push(
        Number(
          /: (?:about )?([\d\u202f]+) of/.exec((await said.textContent()) ?? "")?.[1].replace(/\D/g, ""),
        ),
      );
    }
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    await page.keyboard.press("0");
    await page.keyboard.press("n");
    await frame(page);
    expect(await said.textContent()).toMatch(/: [1-3] of [\d\u202f]+ windows in view, each by itself\.$/);
    await page.keyboard.press("Home");
    await frame(page);
    expect(await readoutOf(page)).toEqual(whole);
    expect(complaints).toEqual([]);
  });

  it("zooms by wheel, dragging and buttons, and paints something", async () => {
    const { page } = await open(html);
    const canvas = page.locator(".canvas").first();
    const said = page.locator(".said").first();
    const whole = await said.textContent();
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    if (box === null) throw new Error("no picture");
    await canvas.focus();
    await page.mouse.move(box.x + box.width / 2, box.y + 60);
    await page.mouse.wheel(0, -200);
    await frame(page);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height + 40);
    await frame(page);
    const wheeled = await said.textContent();
    expect(wheeled).not.toBe(whole);
    await page.getByRole("button", { name: "Whole run" }).first().click();
    await frame(page);
    expect(await said.textContent()).toBe(whole);
    await page.mouse.move(box.x + 0.3 * box.width, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.6 * box.width, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height + 40);
    await frame(page);
    expect(await said.textContent()).not.toBe(whole);
    const painted = await page.evaluate<number>(`(() => {
      const canvas = document.querySelector(".canvas canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let painted = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at] > 0) painted++;
      return painted / (data.length / 4);
    })()`);
    expect(painted).toBeGreaterThan(0.02);
  });

  it("gives the figures of each chart as CSV, and every window of a timeline", async () => {
    const { page } = await open(html, { acceptDownloads: true });
    const save = async (selector: string): Promise<string[][]> => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.locator(selector).first().click(),
      ]);
      const text = readFileSync(await download.path(), "utf8");
      return text
        .trimEnd()
        .split("\n")
        .map((line) => line.split(","));
    };
    const cost = await save('button[data-csv="cost"]');
    const likely = cost[0].indexOf("likely");
    expect(cost.slice(1).map((row) => Number(row[likely]))).toEqual(
      verdict.rows.map(({ difference }) => difference.likely),
    );
    const [head, ...windows] = await save("button[data-windows]");
    const sum = (name: string): number =>
      windows.reduce((total, row) => total + Number(row[head.indexOf(name)]), 0);
    const [eager, , each] = replay.policies;
    const all = (list: typeof eager.vcpus, what: "traps" | "saves"): number =>
      list.reduce((total, vcpu) => total + vcpu.totals[what], 0);
    expect(sum("traps dirty-each")).toBe(all(each.vcpus, "traps"));
    expect(sum("saves dirty-each")).toBe(all(each.vcpus, "saves"));
    expect(sum("saves eager")).toBe(all(eager.vcpus, "saves"));
  });

  it("can be gone through by keyboard: skip link, contents, marks of a picture", async () => {
    const { page } = await open(html);
    const focused = (): Promise<string> =>
      page.evaluate<string>(
        "(document.activeElement.textContent || document.activeElement.tagName).slice(0, 40)",
      );
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Verdict");
    await page.locator('section[aria-labelledby="cost"] svg.chart').first().focus();
    await page.keyboard.press("ArrowRight");
    const tip = page.locator(".tip");
    expect(await tip.isVisible()).toBe(true);
    expect(await tip.textContent()).toContain(`${verdict.rows[0].traps} traps`);
    await page.keyboard.press("Escape");
    expect(await tip.isVisible()).toBe(false);
  });

  it("has words for every picture, and no name twice", async () => {
    const { page } = await open(html);
    const unnamed = await page.evaluate<number>(
      `[...document.querySelectorAll("svg.chart, .canvas, figure, section, .scroll")].filter((each) => {
        const id = each.getAttribute("aria-labelledby");
        return !(each.getAttribute("aria-label") || (id && document.getElementById(id)));
      }).length`,
    );
    expect(unnamed).toBe(0);
    const ids = await page.evaluate<string[]>(
      "[...document.querySelectorAll('[id]')].map((each) => each.id)",
    );
    expect(new Set(ids).size).toBe(ids.length);
    // A chart is followed by its figures.
    const charts = await page.locator("svg.chart").count();
    const tables = await page.locator("table[data-table]").count();
    expect(charts).toBeGreaterThan(6);
    expect(tables).toBeGreaterThan(6);
  });

  it("is light and dark, fits a phone, and prints", async () => {
    const ground = "getComputedStyle(document.body).backgroundColor";
    const lane = `(() => {
      const canvas = document.querySelector(".canvas canvas");
      const at = canvas.getContext("2d").getImageData(canvas.width - 40, 24 * devicePixelRatio, 1, 1).data;
      return [...at].join(" ");
    })()`;
    const light = await open(html, { colorScheme: "light" });
    const dark = await open(html, { colorScheme: "dark", viewport: { width: 390, height: 800 } });
    expect(await light.page.evaluate(ground)).toBe("rgb(255, 255, 255)");
    expect(await dark.page.evaluate(ground)).toBe("rgb(20, 23, 28)");
    expect(await dark.page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    expect(dark.complaints).toEqual([]);
    const before = await light.page.evaluate(lane);
    await light.page.emulateMedia({ colorScheme: "dark" });
    await frame(light.page);
    expect(await light.page.evaluate(lane)).not.toBe(before);
    const pdf = await dark.page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(3);
    await dark.page.emulateMedia({ media: "print" });
    expect(await dark.page.evaluate(ground)).toBe("rgb(255, 255, 255)");
    expect(await dark.page.locator(".tools").first().isVisible()).toBe(false);
  });

  it("shows what changed between two results", async () => {
    const other = recording("bare/bare-boot.tarmac.gz");
    const modelled = ["--exits", "every=176000", "--mode", "vhe", "--kernel", "6.18", "--json"];
    const [a, b] = ["a", "b"].map((name) => join(folder, `${name}.json`));
    outputOf(["replay", trace, "--json", "-o", a]);
    outputOf(["replay", other, ...modelled, "-o", b]);
    const page = join(folder, "diff.html");
    outputOf(["report", "--diff", a, b, "-o", page]);
    const opened = await open(page);
    expect(opened.complaints).toEqual([]);
    const diff = v.parse(
      v.object({ counts: v.array(v.object({ change: v.object({ saves: v.number() }) })) }),
      JSON.parse(trapline(["diff", a, b, "--json"], { cwd: repository }).stdout),
    );
    const rows = (await tableOf(opened.page, "counts")).filter((row) => row["what"] === "saves");
    expect(rows.map((row) => Number(row["change"]))).toEqual(diff.counts.map(({ change }) => change.saves));
    // What is modelled is marked, on the page and in each picture.
    expect(await opened.page.locator(".mark").first().textContent()).toBe(
      "modelled: exits every=176000,put=3",
    );
    const pictures = await opened.page.locator("svg.chart").allTextContents();
    expect(pictures.length).toBeGreaterThan(3);
    for (const each of pictures) expect(each).toContain("modelled input");
  });
});
