import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { TraplineError } from "../errors.js";
import { unwritten } from "./journal-file.js";

/** `4711 lab3`: who holds it. */
const owner = (): string => `${process.pid} ${hostname()}\n`;

/**
 * Keeps a journal to one process: two that write one file write over each other's records. The lock is a file beside
 * it, `JOURNAL.lock`, and goes with the process; one that a killed process of this machine left is taken over. Throws
 * TraplineError "input" where somebody else has it, "output" where it cannot be written.
 * @returns what lets go of it, harmless the second time
 */
export function lockJournal(journal: string): () => void {
  const file = `${journal}.lock`;
  while (!take(file, journal)) {
    const holder = readHolder(file);
    // It went in the meantime.
    if (holder === undefined) continue;
    const [, pid, host] = /^(\d+) (.+)\n$/.exec(holder) ?? [];
    if (host === hostname() && !isOther(Number(pid))) {
      rmSync(file, { force: true });
      continue;
    }
    const who = pid === undefined ? "another process" : `process ${pid} on ${host}`;
    throw new TraplineError(
      "input",
      `is being written by ${who}`,
      { file: journal },
      `Wait for it; if it is gone, delete ${file}`,
    );
  }
  const release = (): void => {
    process.off("exit", release);
    if (readHolder(file) === owner()) rmSync(file, { force: true });
  };
  process.once("exit", release);
  return release;
}

/** Whether a process of this machine is there, and not this one. */
function isOther(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of somebody else: there it is.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Makes the file; false where it is there. */
function take(file: string, journal: string): boolean {
  try {
    const lock = openSync(file, "wx");
    try {
      writeSync(lock, owner());
    } finally {
      closeSync(lock);
    }
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw unwritten(journal, error);
  }
}

function readHolder(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
