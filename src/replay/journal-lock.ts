import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { crc32 } from "node:zlib";
import { TraplineError } from "../errors.js";
import { unwritten } from "./journal-file.js";

/** Tells this process from an earlier one with its number: in a container that is started again, all have number 1. */
const own = randomBytes(8).toString("hex");

/** `4711 lab3 0123456789abcdef`: who holds it. */
const owner = (): string => `${process.pid} ${hostname()} ${own}\n`;

/**
 * Keeps a journal to one process: two that write one file write over each other's records. The lock is a file beside
 * it, `JOURNAL.lock`, and goes with the process; one that a killed process of this machine left is taken over. Throws
 * TraplineError "input" where somebody else has it, "output" where it cannot be written.
 * @returns what lets go of it, harmless the second time
 */
export function lockJournal(journal: string): () => void {
  const file = `${journal}.lock`;
  hold(file, journal);
  const release = (): void => {
    process.off("exit", release);
    if (readHolder(file) === owner()) rmSync(file, { force: true });
  };
  process.once("exit", release);
  return release;
}

function hold(file: string, journal: string): void {
  while (!take(file, journal)) {
    const holder = readHolder(file);
    // It went in the meantime.
    if (holder === undefined) continue;
    const [, pid, host] = /^(\d+) (\S+)(?: [0-9a-f]+)?\n$/.exec(holder) ?? [];
    if (host === hostname() && !isOther(Number(pid))) {
      remove(file, holder, journal);
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
}

/**
 * Removes a lock whose holder is gone. Two may find it so at once, and the slower one would remove what the faster one
 * has made since: whoever removes holds a lock on that holder's lock, and looks again under it.
 */
function remove(file: string, holder: string, journal: string): void {
  const guard = `${file}.${crc32(holder).toString(16).padStart(8, "0")}`;
  hold(guard, journal);
  try {
    if (readHolder(file) === holder) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
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
