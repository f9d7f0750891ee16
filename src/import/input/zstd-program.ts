import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { messageOf, TraplineError } from "../../errors.js";
import type { Damaged } from "./damage.js";

export type ZstdProgram = ChildProcessByStdio<Writable, Readable, Readable>;

/** Enough for the one line in which the program says what is wrong. */
const COMPLAINT_CHARACTERS = 2000;

/** Starts the zstd program; undefined when there is none on the PATH. */
export async function startZstdProgram(): Promise<ZstdProgram | undefined> {
  // --long=31 lifts the limit on the window; it takes memory only for frames that need it.
  const child = spawn("zstd", ["-dcq", "--long=31", "-"], { stdio: ["pipe", "pipe", "pipe"] });
  try {
    await once(child, "spawn");
    return child;
  } catch {
    return undefined;
  }
}

/**
 * Decompresses with the zstd program, which runs beside this process.
 * @throws TraplineError "input" when the program reports an error
 */
export async function* programZstd(
  source: AsyncGenerator<Uint8Array, void>,
  child: ZstdProgram,
  damaged: Damaged,
): AsyncGenerator<Uint8Array, void> {
  const closed = new Promise<number | string>((resolve) => {
    child.once("close", (status: number | null, signal: string | null) => {
      resolve(status ?? signal ?? "unknown");
    });
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(0, COMPLAINT_CHARACTERS);
  });
  let sourceFailure: { readonly error: unknown } | undefined;
  const feeding = feed(source, child).catch((error: unknown) => {
    sourceFailure = { error };
    // What was fed so far still comes out; only then is the error thrown.
    child.stdin.end();
  });
  try {
    for await (const chunk of child.stdout as AsyncIterable<Uint8Array>) yield chunk;
    const status = await closed;
    if (status !== 0 && sourceFailure === undefined) throw damaged(said(complaint, status));
    await feeding;
    if (sourceFailure !== undefined) throw sourceFailure.error;
  } catch (error) {
    throw error instanceof TraplineError ? error : damaged(messageOf(error));
  } finally {
    child.kill("SIGKILL");
    child.stdout.destroy();
    await closed;
    await feeding;
    await source.return();
  }
}

/** The program speaks of its standard input, which is not what the user named. */
function said(complaint: string, status: number | string): string {
  const [line = ""] = complaint.trim().split("\n");
  const reason = line.replace(/^zstd: /, "").replace(/^\/\*stdin\*\\ ?: /, "");
  return reason === "" ? `zstd ended with ${status}` : `zstd says: ${reason.trim()}`;
}

async function feed(source: AsyncGenerator<Uint8Array, void>, child: ZstdProgram): Promise<void> {
  // A program that ends early closes its end of the pipe; its exit status tells why, EPIPE does not.
  child.stdin.on("error", () => undefined);
  while (!child.stdin.destroyed) {
    const step = await source.next();
    if (step.done === true) break;
    await new Promise<void>((resolve) => {
      child.stdin.write(step.value, () => {
        resolve();
      });
    });
  }
  child.stdin.end();
}
