/**
 * `npm run bench`: how fast import and replay are, whole process, side by side in one run.
 *
 *     npm run bench -- --recordings DIR   large recordings (*.tarmac, .gz, .zst); default: the committed cuts
 *     npm run bench -- --events N         size of the repeated trace for replay, default 32 million
 *     npm run bench -- --runs N           counted runs of each case, default 5
 *
 * Runs of all cases are interleaved, after one that is not counted; figures are medians with their range. Tests
 * assert no timing: this is where timings live.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { repeatTrace } from "./repeat.js";

const program = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
const measured = fileURLToPath(new URL("measured.js", import.meta.url));
const cuts = fileURLToPath(new URL("../../traces", import.meta.url));

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** What one run handles, and in which unit its speed is given. */
  readonly amount: number;
  readonly unit: string;
  readonly seconds: number[];
  readonly megabytes: number[];
}

const { values } = parseArgs({
  options: {
    recordings: { type: "string", default: process.env["TRAPLINE_RECORDINGS"] ?? cuts },
    events: { type: "string", default: "32000000" },
    runs: { type: "string", default: "5" },
  },
});

const folder = mkdtempSync(join(tmpdir(), "trapline-bench-"));
try {
  bench(values.recordings, Number(values.events), Number(values.runs));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function bench(recordings: string, events: number, runs: number): void {
  const files = readdirSync(recordings)
    .filter((name) => /^kvm-.*\.tarmac(?:\.gz|\.zst)?$/.test(name))
    .map((name) => join(recordings, name));
  if (files.length === 0) throw new Error(`no kvm-*.tarmac in ${recordings}`);
  if (recordings === cuts)
    process.stdout.write("Only the committed cuts: name large recordings with --recordings.\n");
  const cases: Case[] = [];
  const add = (name: string, args: readonly string[], amount: number, unit: string): void =>
    void cases.push({ name, args, amount, unit, seconds: [], megabytes: [] });

  for (const [number, file] of files.entries()) {
    const trace = join(folder, `${number}.trl`);
    const text = importedBytes(file, trace);
    const output = join(folder, "again.trl");
    add(`import ${nameOf(file)}`, ["import", file, "-o", output, "--json"], text / 1e6, "MB of text/s");
    const long = join(folder, `${number}-long.trl`);
    const total = repeatTrace(trace, long, events);
    for (const threads of new Set([1, availableParallelism()])) {
      const args = ["replay", long, "-j", String(threads), "--json"];
      add(
        `replay ${nameOf(file)} x${Math.round(total / 1e6)}M, ${threads} threads`,
        args,
        total / 1e6,
        "M events/s",
      );
    }
  }
  add("trapline --help", ["--help"], 0, "");
  add("replay of the smallest cut", ["replay", smallest(), "--json"], 0, "");

  for (let run = 0; run <= runs; run++) for (const each of cases) once(each, run > 0);
  report(cases);
}

function once({ name, args, seconds, megabytes }: Case, counts: boolean): void {
  const started = performance.now();
  const child = spawnSync(process.execPath, ["--import", measured, program, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  const elapsed = (performance.now() - started) / 1000;
  const memory = /peak (\d+) kB/.exec(child.stderr)?.[1];
  if (child.status !== 0 || memory === undefined) throw new Error(`${name}: ${child.stderr}`);
  if (!counts) return;
  seconds.push(elapsed);
  megabytes.push(Number(memory) / 1024);
}

function report(cases: readonly Case[]): void {
  const [cpu] = cpus();
  process.stdout.write(`node ${process.version}, ${availableParallelism()} x ${cpu.model}\n\n`);
  const rows = [["case", "seconds: median", "least", "most", "speed", "", "peak MB"]];
  for (const { name, seconds, megabytes, amount, unit } of cases) {
    const sorted = seconds.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    const speed = amount === 0 ? "" : (amount / median).toFixed(0);
    const figures = [median, sorted[0], sorted[sorted.length - 1]].map((value) => value.toFixed(3));
    rows.push([name, ...figures, speed, unit, Math.max(...megabytes).toFixed(0)]);
  }
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  for (const row of rows) {
    process.stdout.write(
      `${row
        .map((cell, at) => cell.padEnd(widths[at]))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
}

/** Imports a recording and returns the bytes of its text. */
function importedBytes(file: string, trace: string): number {
  const child = spawnSync(process.execPath, [program, "import", file, "-o", trace, "--json"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const bytes = /"lines":\d+|"bytes":(\d+)/g;
  if (child.status !== 0) throw new Error(child.stderr);
  const found = [...child.stdout.matchAll(bytes)].map((match) => Number(match[1] ?? 0));
  return Math.max(...found);
}

function smallest(): string {
  const sized = readdirSync(cuts)
    .filter((name) => name.endsWith(".zst"))
    .map((name) => ({ name, size: statSync(join(cuts, name)).size }));
  const [first] = sized.toSorted((a, b) => a.size - b.size);
  return join(cuts, first.name);
}

function nameOf(file: string): string {
  return file.replace(/^.*[/\\]/, "");
}
