import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sample } from "./case.js";

const built = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const source = (name: string): string => built(`../../bench/baselines/${name}`);

export const trapline = built("../bundle/bin/trapline.js");
export const runReplay = built("run-replay.js");
export const plainReplay = built("baselines/replay.js");
export const duckdbCounts = built("baselines/duckdb.js");
const measured = built("measured.js");

/** A folder for everything that the suite writes, and the programs that it runs: both go when it ends. */
export interface Workplace {
  readonly folder: string;
  readonly path: (name: string) => string;
  /** Runs a program to its end and returns what it printed. Throws where it fails. */
  readonly output: (
    command: string,
    args: readonly string[],
  ) => Promise<{ readonly stdout: string; readonly stderr: string }>;
  clear(): void;
}

export function createWorkplace(parent = tmpdir()): Workplace {
  const folder = mkdtempSync(join(parent, "trapline-bench-"));
  const running = new Set<ChildProcess>();
  return {
    folder,
    path: (name) => join(folder, name),
    output(command, args) {
      return new Promise((resolve, reject) => {
        const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
        running.add(child);
        const texts = { stdout: "", stderr: "" };
        for (const name of ["stdout", "stderr"] as const) {
          child[name].setEncoding("utf8").on("data", (text: string) => (texts[name] += text));
        }
        child.on("error", reject);
        child.on("close", (code) => {
          running.delete(child);
          if (code === 0) resolve(texts);
          else reject(new Error(`${command} ${args.join(" ")}: ${texts.stderr || `ended with ${code}`}`));
        });
      });
    },
    clear() {
      for (const child of running) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const exists = (command: string): boolean => spawnSync(command, ["--version"]).error === undefined;

/** Compiles a baseline; undefined where there is no gcc. */
export async function compile(
  { path, output }: Workplace,
  name: string,
  flags: readonly string[] = [],
): Promise<string | undefined> {
  if (!exists("gcc")) return undefined;
  const program = path(`${name}${flags.join("")}`);
  await output("gcc", ["-O3", "-march=native", ...flags, "-o", program, source(`${name}.c`)]);
  return program;
}

/** One run of trapline's command line, whole process, with its peak of memory. */
export async function wholeProcess({ output }: Workplace, args: readonly string[]): Promise<Sample> {
  const from = performance.now();
  const { stderr } = await output(process.execPath, ["--import", measured, trapline, ...args]);
  const seconds = (performance.now() - from) / 1000;
  return { seconds: [seconds], peak: Number(/peak (\d+) kB/.exec(stderr)?.[1] ?? 0) / 1024 };
}
