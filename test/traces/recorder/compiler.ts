import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const recorder = fileURLToPath(new URL("../../../traces/recorder", import.meta.url));

const cc = process.env["CC"] ?? "cc";

/** Whether the recorder can be compiled on this machine. */
export const hasCompiler = spawnSync(cc, ["--version"]).status === 0;

/** For the title of what needs it. */
export const withoutCompiler = hasCompiler ? "" : " (not tested: there is no C compiler here)";

const warnings = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"];

export const pluginSources = (): readonly string[] =>
  readdirSync(`${recorder}/plugin`)
    .filter((name) => name.endsWith(".c"))
    .map((name) => `${recorder}/plugin/${name}`);

/** Throws with what the compiler says. */
export function compile(options: readonly string[]): void {
  execFileSync(cc, [...warnings, ...options], { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
}

/** The plugin in one program with a QEMU that does what it is told. */
export function compileFakeQemu(program: string): void {
  const fake = fileURLToPath(new URL("fake-qemu.c", import.meta.url));
  compile(["-O1", "-pthread", `-I${recorder}/plugin`, "-o", program, fake, ...pluginSources()]);
}

export interface Ran {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** @param orders - Lines as `fake-qemu.c` reads them. */
export function runFakeQemu(program: string, options: readonly string[], orders: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(program, options, {
    input: orders.map((line) => `${line}\n`).join(""),
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return { status, lines: stdout.split("\n").filter((line) => line !== ""), stderr };
}
