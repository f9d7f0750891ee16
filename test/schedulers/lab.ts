import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "#src/package-root.js";
import { writeSynthetic } from "../../bench/synthetic.js";
import { outputOf, type Finished } from "../cli/program.js";

const bundle = fileURLToPath(new URL("dist/bundle/bin/trapline.js", packageRoot));

/** A file of docs/schedulers. */
export const script = (name: string): string =>
  fileURLToPath(new URL(`docs/schedulers/${name}`, packageRoot));

/** A folder with traces and a command `trapline`, as users of a scheduler have them. */
export interface Lab {
  readonly folder: string;
  /** The command; and one that fails on piece 2 and says there which pieces it was asked for. */
  readonly trapline: string;
  readonly failing: string;
  /** What is planned: traces, by their names in the folder, and options. */
  readonly words: readonly string[];
  /** What `trapline replay --json` prints of it. */
  readonly whole: string;
  /** Pieces that a command was asked for since the last call. */
  asked(): string[];
  /** A file of the folder, or undefined. */
  text(name: string): string | undefined;
}

export function createLab(folder: string): Lab {
  // A name with a space, as some have.
  mkdirSync(join(folder, "my traces"));
  const traces = ["my traces/a.trl", "my traces/b.trl"];
  for (const [seed, name] of traces.entries()) {
    const path = join(folder, name);
    writeSynthetic(path, { seed, events: 40_000, vcpus: 2, length: 8, writes: 2, distinct: 90 });
  }
  const options = ["-p", "eager,dirty-each,adaptive,oracle"];
  const words = [...traces, ...options, "--shard-windows", "512"];
  const log = join(folder, "asked");
  const command = (name: string, before: string): string => {
    const path = join(folder, name);
    const note = `case "$*" in *"--shard "*) echo "$*" | sed 's/.*--shard //; s/ .*//' >>'${log}' ;; esac`;
    writeFileSync(path, `#!/bin/sh\n${note}\n${before}\nexec '${process.execPath}' '${bundle}' "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  };
  return {
    folder,
    trapline: command("trapline", ""),
    failing: command("failing", 'case "$*" in *"--shard 2/"*) exit 1 ;; esac'),
    words,
    whole: outputOf(["replay", ...traces, ...options, "--json"], { cwd: folder }),
    asked() {
      const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
      writeFileSync(log, "");
      return lines.filter((line) => line !== "").toSorted();
    },
    text(name) {
      const path = join(folder, name);
      return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    },
  };
}

/** Runs a program in a lab. */
export function runIn(
  { folder, trapline }: Lab,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Finished {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, TRAPLINE: trapline, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** Whether a program is installed. */
export const hasProgram = (name: string): boolean =>
  spawnSync("sh", ["-c", `command -v ${name}`], { stdio: "ignore" }).status === 0;
