import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { packageRoot } from "#src/package-root.js";

const bundle = fileURLToPath(new URL("dist/bundle/bin/trapline.js", packageRoot));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running trapline, and what it says. */
export interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<Ended>;
  /** Until it says this on standard error. */
  until(text: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<Ended>;
}

/** Starts the built program, or another copy of it. */
export const startProgram = (
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  program = bundle,
): Running => start(process.execPath, [program, ...words], env);

/** Starts the built program on a terminal of its own: what it says and prints comes on standard output. */
export const startOnTerminal = (words: readonly string[]): Running =>
  start("script", ["-qec", [process.execPath, bundle, ...words].join(" "), "/dev/null"], { TERM: "xterm" });

function start(command: string, words: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(command, words, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    stdout += more;
  });
  child.stderr.setEncoding("utf8").on("data", (more: string) => {
    stderr += more;
  });
  let isOver = false;
  const ended = once(child, "close").then((): Ended => {
    isOver = true;
    return { status: child.exitCode, stdout, stderr };
  });
  return {
    child,
    said: () => stderr,
    ended,
    async until(wanted) {
      while (!wanted.test(stderr)) {
        if (isOver) throw new Error(`it ended and said: ${stderr}`);
        await Promise.race([once(child.stderr, "data"), ended]);
      }
    },
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Starts a worker and waits until it is there. Locks are short: nobody waits long for those of the dead. */
export async function startWorker(
  url: string,
  options: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const started = startProgram(["worker", "--redis", url, "--lock", "1", "-j", "1", ...options], env);
  await started.until(/a worker of trapline/);
  return started;
}
