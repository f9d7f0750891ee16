/** A copy of the built repository in which one module at a time is replaced by a mutant, and tested. */

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { transformSync } from "rolldown/utils";
import { globSync } from "tinyglobby";
import { mutated, type Mutant } from "./list.js";

/** All that building and testing reads; what is installed is linked. */
const copied = [
  "src",
  "workers",
  "bench",
  "test",
  "traces",
  "docs",
  "dist",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "vitest.config.ts",
  "rolldown.config.js",
];

/** A broken loop may never end. The slowest test that notices takes a tenth of this on two quiet cores. */
const mostSeconds = 300;
const mostSecondsOfAll = 3000;

export interface Verdict {
  /** Undefined where no test failed. */
  readonly caughtBy: string | undefined;
  readonly seconds: number;
}

export interface Bench {
  /** The named tests on the sources as they are: what failed, if anything. */
  testUnbroken(tests: readonly string[]): Promise<string | undefined>;
  test(mutant: Mutant): Promise<Verdict>;
  close(): void;
}

interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly late: boolean;
}

export function createBench(root: string): Bench {
  const folder = mkdtempSync(join(tmpdir(), "trapline-mutants-"));
  for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));

  /** Runs a script of an installed package, and ends it with all its children when it takes too long. */
  function run(script: string, args: readonly string[], limit = mostSeconds): Promise<Ended> {
    const child = spawn(process.execPath, [join(folder, "node_modules", script), ...args], {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, limit * 1000);
    return new Promise((resolve, reject) => {
      child.once("error", reject).once("close", (status) => {
        clearTimeout(timer);
        resolve({ status, output, late });
      });
    });
  }

  async function bundle(): Promise<void> {
    const { status, output } = await run("rolldown/bin/cli.mjs", ["--config", "rolldown.config.js"]);
    if (status !== 0) throw new Error(`does not build:\n${output}`);
  }

  /** What the compiler makes of one file: types are taken off, nothing else is done to it. */
  function compiled(file: string, source: string): string {
    const { code, errors } = transformSync(file, source, { typescript: { onlyRemoveTypeImports: true } });
    if (errors.length > 0) throw new Error(`is no TypeScript: ${errors[0].message}`);
    return code;
  }

  const runsProgram = (test: string): boolean =>
    globSync(test.endsWith(".ts") ? test : `${test}/**/*.ts`, { cwd: folder }).some((file) =>
      readFileSync(join(folder, file), "utf8").includes("program.js"),
    );

  async function runTests(tests: readonly string[], bail: boolean): Promise<string | undefined> {
    const report = join(folder, "report.json");
    rmSync(report, { force: true });
    const args = [
      "run",
      "--project",
      "short",
      "--maxWorkers",
      "1",
      "--reporter",
      "json",
      "--outputFile",
      report,
    ];
    const ended = bail
      ? await run("vitest/vitest.mjs", [...args, "--bail", "1", ...tests])
      : await run("vitest/vitest.mjs", [...args, ...tests], mostSecondsOfAll);
    if (ended.status === 0) return undefined;
    return ended.late ? "no end in sight" : firstFailure(readFileSync(report, "utf8"), folder);
  }

  return {
    testUnbroken: (tests) => runTests(tests, false),
    async test(mutant) {
      const start = performance.now();
      const source = readFileSync(join(folder, mutant.file), "utf8");
      const built = join(folder, "dist", mutant.file.replace(/ts$/, "js"));
      const unbroken = readFileSync(built);
      try {
        writeFileSync(built, compiled(mutant.file, mutated(source, mutant)));
        if (mutant.tests.some(runsProgram)) await bundle();
        const caughtBy = await runTests(mutant.tests, true);
        return { caughtBy, seconds: (performance.now() - start) / 1000 };
      } catch (error) {
        throw new Error(`mutant ${mutant.id}`, { cause: error });
      } finally {
        writeFileSync(built, unbroken);
      }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** The file and the name of the first test that failed, or what kept a file from being loaded. */
function firstFailure(text: string, folder: string): string {
  const { testResults }: Report = JSON.parse(text);
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === "failed");
    if (failed !== undefined) return `${relative(folder, name)}: ${failed.fullName.trim()}`;
  }
  const file = testResults.find(({ status }) => status === "failed");
  if (file === undefined) throw new Error("the tests ended without a result");
  return `${relative(folder, file.name)}: ${file.message.split("\n")[0]}`;
}
