import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect } from "vitest";
import { openInput } from "#src/import/input/open.js";

export const repository = fileURLToPath(new URL("../..", import.meta.url));
const program = join(repository, "dist/bundle/bin/trapline.js");

/** A committed recording. */
export const recording = (name: string): string => join(repository, "traces", name);

/** A folder of its own for a test file, gone with it. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "trapline-test-")));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd?: string;
  /** Standard input; a device without bytes when left out. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the built program to its end. */
export function trapline(args: readonly string[], { cwd, input, env }: Surroundings = {}): Finished {
  const { error, status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: cwd ?? repository,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
    ...(input === undefined ? { stdio: ["ignore", "pipe", "pipe"] } : { input }),
  });
  // A program that fails before it has read its input closes the pipe.
  if (error !== undefined && !("code" in error && error.code === "EPIPE")) throw error;
  return { status, stdout, stderr };
}

/** Makes a trace of a recording: what a test begins with. */
export function importInto(trace: string, from: string): void {
  const { status, stderr } = trapline(["import", from, "-o", trace]);
  if (status !== 0) throw new Error(stderr);
}

/** Starts the built program and leaves it running. */
export function startTrapline(
  args: readonly string[],
  { cwd, env }: Surroundings = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: cwd ?? repository,
    env: { ...process.env, ...env },
  });
  // A program that stops reading closes the pipe.
  child.stdin.on("error", () => undefined);
  return child;
}

export function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", reject).once("close", (status: number | null) => resolve({ status, stdout, stderr }));
  });
}

/** Runs the built program to its end, beside others. */
export async function runTrapline(
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<Finished> {
  const child = startTrapline(args, surroundings);
  child.stdin.end(surroundings.input ?? "");
  return finished(child);
}

/** What it printed, when all went well and it said nothing beside. */
export function outputOf(args: readonly string[], surroundings: Surroundings = {}): string {
  const { status, stdout, stderr } = trapline(args, surroundings);
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: "" });
  return stdout;
}

/** The same as JSON, which has to be one line. */
export function jsonOf(args: readonly string[], surroundings: Surroundings = {}): unknown {
  const text = outputOf(args, surroundings);
  expect(text.split("\n")).toHaveLength(2);
  return JSON.parse(text);
}

/** A run that fails with one clear line on standard error, and prints nothing. */
export const refusal = (status: number, message: RegExp): Finished => ({
  status,
  stdout: "",
  stderr: expect.stringMatching(
    new RegExp(`^trapline: (?!internal error|.*E[A-Z]{4,}:)(?=.*(?:${message.source}))[^\\n]+\\n$`),
  ),
});

/** The first lines of a committed recording, decompressed. */
export async function firstLines(name: string, count: number): Promise<string> {
  const input = await openInput(recording(name));
  let text = "";
  let lines = 0;
  for await (const chunk of input.chunks) {
    const more = Buffer.from(chunk).toString("latin1");
    text += more;
    lines += more.split("\n").length - 1;
    if (lines >= count) break;
  }
  return text.split("\n").slice(0, count).join("\n").concat("\n");
}

/** Lines of `kvm-vhe` that make a small trace: two vCPUs, four loads, 118 runs, some 3,000 events. */
export const smallCut = 20_000;

export const readText = (path: string): string => readFileSync(path, "utf8");
