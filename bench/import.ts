/**
 * How fast recordings are imported, whole process, beside programs that only look at the text:
 *
 *     node dist/bench/import.js FILE...   *.tarmac, or *.tarmac.zst where the zstd program is there
 *         --runs N                        counted runs of each case, default 5
 *
 * Runs of all cases are interleaved, after one that is not counted: what else the machine does meets all alike.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, openSync, closeSync, rmSync, statSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const program = fileURLToPath(new URL("../bundle/bin/trapline.js", import.meta.url));
const measured = fileURLToPath(new URL("measured.js", import.meta.url));

/** One case: seconds of its runs, whole process, sorted; bytes of text that a run reads. */
export interface ImportRow {
  readonly file: string;
  readonly what: string;
  readonly text: number;
  readonly seconds: readonly number[];
  /** Peak resident memory in MB of our process; undefined for other programs. */
  readonly peak: number | undefined;
}

interface Case {
  readonly file: string;
  readonly what: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly seconds: number[];
  peak: number;
}

/** Counts MSRs by register, field by field: what one would write in its place. */
const counting = '$11 == "MSR" { split($12, name, ","); n[name[1]]++ } END { for (r in n) print r, n[r] }';

const exists = (name: string): boolean => spawnSync(name, ["--version"]).error === undefined;

/** More programs to run on a text: what they are, command and arguments. */
export type MorePrograms = (file: string) => readonly (readonly [string, string, readonly string[]])[];

function casesOf(file: string, folder: string, more: MorePrograms): Case[] {
  const output = join(folder, "out.trl");
  const make = (what: string, command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Case => ({
    file,
    what,
    command,
    args,
    ...(env === undefined ? {} : { env }),
    seconds: [],
    peak: 0,
  });
  const importing = (what: string, args: readonly string[], env?: NodeJS.ProcessEnv): Case =>
    make(
      what,
      process.execPath,
      ["--import", measured, program, "import", ...args, "-o", output, "--json"],
      env,
    );
  const threads = [...new Set([1, 2, availableParallelism()])];
  const own = threads.map((count) => importing(`import, threads: ${count}`, [file, "-j", `${count}`]));
  if (!file.endsWith(".zst")) {
    return [
      ...own,
      ...(exists("mawk") ? [make("mawk, counting MSRs", "mawk", [counting, file])] : []),
      make("grep -c ' MSR '", "grep", ["-c", " MSR ", file]),
      ...more(file).map(([what, command, args]) => make(what, command, args)),
    ];
  }
  const node = `"${process.execPath}" --import "${measured}" "${program}"`;
  const piped = `zstd -dcf "${file}" | ${node} import - -o "${output}" --json`;
  // Without a PATH there is no zstd program; a Node that has zstd itself uses that all the same.
  return [
    ...own,
    make("zstd -dc | import -", "sh", ["-c", piped]),
    importing("import, no zstd program", [file], { ...process.env, PATH: "" }),
  ];
}

function run({ command, args, env, what, seconds, ...rest }: Case, folder: string): number {
  // To a file: what reads its own output would be measured too.
  const sink = openSync(join(folder, "stdout"), "w");
  const started = performance.now();
  const child = spawnSync(command, args, {
    stdio: ["ignore", sink, "pipe"],
    encoding: "utf8",
    ...(env === undefined ? {} : { env }),
  });
  seconds.push((performance.now() - started) / 1000);
  closeSync(sink);
  if (child.status !== 0) throw new Error(`${what} of ${rest.file}: ${child.stderr}`);
  return Number(/peak (\d+) kB/.exec(child.stderr)?.[1] ?? 0) / 1024;
}

/** Bytes of a recording's text. */
function textOf(file: string): number {
  if (!file.endsWith(".zst")) return statSync(file).size;
  const child = spawnSync("sh", ["-c", `zstd -dcf "${file}" | wc -c`], { encoding: "utf8" });
  return Number(child.stdout);
}

/** Measures the import of recordings. */
export function importRows(
  files: readonly string[],
  runs: number,
  more: MorePrograms = () => [],
): ImportRow[] {
  const folder = mkdtempSync(join(tmpdir(), "trapline-bench-import-"));
  try {
    const cases = files.flatMap((file) => casesOf(file, folder, more));
    for (let each = 0; each <= runs; each++) {
      for (const one of cases) {
        one.peak = Math.max(one.peak, run(one, folder));
        if (each === 0) one.seconds.length = 0;
      }
    }
    const texts = new Map(files.map((file) => [file, textOf(file)]));
    return cases.map(({ file, what, seconds, peak }) => ({
      file: basename(file),
      what,
      text: texts.get(file) ?? 0,
      seconds: seconds.toSorted((a, b) => a - b),
      peak: peak === 0 ? undefined : peak,
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function show(rows: readonly ImportRow[]): string {
  const cells = rows.map(({ file, what, text, seconds, peak }) => {
    const median = seconds[Math.floor(seconds.length / 2)];
    const speeds = [median, seconds[seconds.length - 1], seconds[0]].map((s) => (text / 1e6 / s).toFixed(0));
    return [file, what, median.toFixed(3), ...speeds, peak === undefined ? "" : peak.toFixed(0)];
  });
  const table = [["recording", "case", "seconds", "MB/s: median", "least", "most", "peak MB"], ...cells];
  const widths = table[0].map((_, at) => Math.max(...table.map((row) => row[at].length)));
  return table.map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join("  ")).join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    options: { runs: { type: "string", default: "5" } },
    allowPositionals: true,
  });
  const [cpu] = cpus();
  process.stdout.write(`node ${process.version}, ${availableParallelism()} x ${cpu.model}\n\n`);
  process.stdout.write(`${show(importRows(positionals, Number(values.runs)))}\n`);
}
