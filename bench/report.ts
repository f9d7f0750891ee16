/**
 * How fast a report opens in Chromium, and how smoothly its timelines zoom; measured in the page itself:
 *
 *     node dist/bench/report.js FILE...   traces or recordings, all in one report; default the committed ones
 *         --windows N                     also a made-up timeline of so many windows, default 1,000,000; 0 for none
 *         --runs N                        times that each page is opened, default 5
 *
 * Zooming turns the wheel once a frame for three seconds, in and out again, over the first timeline.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium, type Browser } from "playwright-core";
import { pageHtml } from "../src/report/html/page.js";
import { packVcpu } from "../src/report/html/timeline/pack.js";

const program = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
const cuts = fileURLToPath(new URL("../../traces", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    windows: { type: "string", default: "1000000" },
    runs: { type: "string", default: "5" },
  },
});

/** Seconds of processor time of the browser so far: what is below this process, from /proc; 0 where there is none. */
function browserTime(): number {
  const parents = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of existsSync("/proc/self/stat") ? readdirSync("/proc") : []) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // Behind the name in brackets: state, parent, ..., utime and stime as the 14th and 15th (proc(5)).
      const rest = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      parents.set(Number(name), { parent: Number(rest[1]), ticks: Number(rest[11]) + Number(rest[12]) });
    } catch {
      // It ended meanwhile.
    }
  }
  const isBelow = (id: number): boolean => {
    const found = parents.get(id);
    return found !== undefined && (found.parent === process.pid || isBelow(found.parent));
  };
  const ticks = [...parents].reduce((sum, [id, each]) => (isBelow(id) ? sum + each.ticks : sum), 0);
  return ticks / 100;
}

interface Opened {
  /** Milliseconds from the start of loading: first paint, and everything drawn. */
  readonly firstPaint: number;
  readonly drawn: number;
}

interface Zoomed {
  readonly frames: number;
  readonly seconds: number;
  /** Milliseconds of the longest frame, and of the one that 95 of 100 do not exceed. */
  readonly longest: number;
  readonly p95: number;
}

const opening = `new Promise((done) => {
  const [navigation] = performance.getEntriesByType("navigation");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  requestAnimationFrame(() => done({ firstPaint: paint?.startTime ?? 0, drawn: navigation.loadEventEnd }));
})`;

const zooming = `new Promise((done) => {
  const over = document.querySelector(".canvas .u-over");
  over.scrollIntoView();
  const { width } = over.getBoundingClientRect();
  const frames = [];
  const start = performance.now();
  let last = start;
  const turn = (now) => {
    frames.push(now - last);
    last = now;
    const passed = now - start;
    if (passed > 3000) {
      const sorted = frames.slice(1).sort((a, b) => a - b);
      done({ frames: sorted.length, seconds: passed / 1000, longest: sorted.at(-1), p95: sorted[Math.floor(0.95 * sorted.length)] });
      return;
    }
    over.dispatchEvent(new WheelEvent("wheel", {
      ctrlKey: true, deltaY: passed % 1500 < 750 ? -60 : 60, bubbles: true, cancelable: true,
      clientX: over.getBoundingClientRect().left + 0.4 * width, clientY: over.getBoundingClientRect().top + 50,
    }));
    requestAnimationFrame(turn);
  };
  requestAnimationFrame(turn);
})`;

async function measure(browser: Browser, file: string, what: string): Promise<void> {
  const opened: Opened[] = [];
  let zoomed: Zoomed | undefined;
  let spent = 0;
  const opens: number[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const start = browserTime();
    await page.goto(`file://${file}`, { waitUntil: "load" });
    opened.push(await page.evaluate<Opened>(opening));
    opens.push(browserTime() - start);
    if (run === Number(values.runs) - 1) {
      const before = browserTime();
      zoomed = await page.evaluate<Zoomed>(zooming);
      spent = browserTime() - before;
    }
    await context.close();
  }
  const middle = (of: (each: Opened) => number): string => {
    const sorted = opened.map(of).toSorted((a, b) => a - b);
    return `${sorted[sorted.length >> 1].toFixed(0)} ms (${sorted[0].toFixed(0)} to ${sorted[sorted.length - 1].toFixed(0)})`;
  };
  const size = (readFileSync(file).length / 1e6).toFixed(2);
  process.stdout.write(
    [
      `${what}: ${size} MB`,
      `  opened: first paint ${middle(({ firstPaint }) => firstPaint)}, all drawn ${middle(({ drawn }) => drawn)}`,
      zoomed === undefined
        ? ""
        : `  zooming: ${(zoomed.frames / zoomed.seconds).toFixed(1)} frames a second; 95 of 100 frames within ${zoomed.p95.toFixed(1)} ms, the longest ${zoomed.longest.toFixed(1)} ms`,
      // Where others keep the processors busy, this still says what the page asks of one.
      zoomed === undefined
        ? ""
        : `  processor time of all of the browser: ${(1000 * Math.min(...opens)).toFixed(0)} ms to open, ${((1000 * spent) / zoomed.frames).toFixed(1)} ms a frame`,
      "",
    ].join("\n"),
  );
}

/** A page with one vCPU's timeline of many windows, each a little different. */
function longPage(windows: number): string {
  const columns = [
    { what: "runs", of: "" },
    { what: "exits", of: "IRQ" },
    { what: "writes", of: "" },
    { what: "traps", of: "dirty-each" },
    { what: "saves", of: "dirty-each" },
  ] as const;
  const starts = new Float64Array(windows);
  const lengths = new Float64Array(windows);
  let time = 0;
  for (let at = 0; at < windows; at++) {
    time += (at * 7919) % 1000;
    starts[at] = time;
    lengths[at] = 20_000 + ((at * 104_729) % 50_000);
    time += lengths[at];
  }
  const vcpu = packVcpu("vCPU 0", {
    vcpu: { vm: 1, mpidr: 0 },
    windows,
    starts,
    lengths,
    counts: columns.map((_, column) =>
      Uint32Array.from({ length: windows }, (_each, at) => (at >> column) % 7),
    ),
  });
  const timeline = {
    trace: "made up",
    unit: "instructions",
    ownTime: true,
    windowIs: "run",
    modelled: ["made up"],
    columns,
    vcpus: [vcpu],
  };
  const html = '<figure aria-label="Timeline"><div data-timeline="0"></div></figure>';
  const section = { id: "timeline", title: "Timeline", html };
  return pageHtml({ title: "long", lead: "", sections: [section], timelines: [timeline], tool: "bench" });
}

const executablePath = [process.env["CHROMIUM"] ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (name) => name !== "" && existsSync(name),
);
if (executablePath === undefined) {
  process.stderr.write("no Chromium here: apt-get install chromium, or CHROMIUM=its path\n");
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "trapline-bench-"));
try {
  const file = join(folder, "report.html");
  const inputs = positionals.length === 0 ? [cuts] : positionals;
  const start = performance.now();
  const made = spawnSync(process.execPath, [program, "report", ...inputs, "-o", file], { stdio: "inherit" });
  if (made.status !== 0) throw new Error("the report was not made");
  process.stdout.write(`made in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    await measure(browser, file, inputs.join(", "));
    const windows = Number(values.windows);
    if (windows > 0) {
      const long = join(folder, "long.html");
      writeFileSync(long, longPage(windows));
      await measure(browser, long, `${windows} windows of one vCPU`);
    }
  } finally {
    await browser.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
