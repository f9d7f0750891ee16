import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stateOfSeed, xoshiro128 } from "#src/prices/random.js";

/** The repository, from its source and from what is built of it. */
const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/dist\/$/, "");
const program = join(root, "dist/test/torture/faulty.js");

/** Runs at a time, each of which waits for its disk and its workers. */
export const lanes = 6;

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World {
  readonly folder: string;
  /** What every whole run has to print. */
  readonly expected: string;
  /** Milliseconds of runs that nobody disturbs but each other. */
  readonly time: number;
  /** At random from 0 to 1. */
  readonly random: () => number;
  /** A new folder. */
  place(): string;
  /** A run over the traces, in workers. */
  start(
    args: readonly string[],
    fault?: string,
  ): { readonly child: ChildProcess; readonly end: Promise<Ended> };
  run(args: readonly string[], fault?: string): Promise<Ended>;
  remove(): void;
}

/** Traces that no machine did; each run counts them in workers, in shards that are small. */
export async function createWorld(seed: number, makeTraces: (folder: string) => void): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "trapline-torture-"));
  const traces = join(folder, "traces");
  mkdirSync(traces);
  makeTraces(traces);
  const next = xoshiro128(stateOfSeed(seed));
  let places = 0;
  const start: World["start"] = (args, fault) => {
    const policies = "eager,dirty-pie,dirty-each,adaptive";
    const all = ["replay", traces, "-p", policies, "--json", "--shard-windows", "2000", "-j", "2", ...args];
    const limit = args.includes("--shard-timeout") ? [] : ["--shard-timeout", "60"];
    const env = { ...process.env, TORTURE: fault ?? "" };
    const child = spawn(process.execPath, [program, ...all, ...limit], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const end = new Promise<Ended>((resolve, reject) => {
      let [stdout, stderr] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.once("error", reject);
      child.once("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
    });
    return { child, end };
  };
  const run: World["run"] = (args, fault) => start(args, fault).end;
  const from = performance.now();
  // As many at a time as there will be, of which each takes longer than one alone.
  const [{ status, stdout, stderr }] = await Promise.all(Array.from({ length: lanes }, () => run([])));
  if (status !== 0) throw new Error(stderr);
  return {
    folder,
    expected: stdout,
    time: performance.now() - from,
    random: () => next() / 2 ** 32,
    place() {
      const path = join(folder, `run-${places++}`);
      mkdirSync(path);
      return path;
    },
    start,
    run,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A file's text; undefined where there is none. */
export function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
