import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { shownText } from "../afar/shown.js";
import { TraplineError, messageOf } from "../errors.js";

/**
 * Prints a result on standard output, or writes it to a file: under a temporary name first, so that the file is
 * whole or not there.
 */
export function emit(text: string, file?: string): void {
  const bytes = Buffer.from(text.endsWith("\n") ? text : `${text}\n`);
  if (file === undefined || file === "-") writeStandardOutput(bytes);
  else if (statOf(file)?.isFile() === false) writeInPlace(file, bytes);
  else writeFileWhole(file, bytes);
}

/**
 * The same for what comes in pieces and may be larger than memory. Others get a turn after each piece: `stop` is
 * asked then, and throws what ends the work.
 */
export async function emitPieces(
  pieces: Iterable<string | Uint8Array>,
  file: string | undefined,
  stop: () => void,
): Promise<void> {
  const write = async (descriptor: number): Promise<void> => {
    for (const piece of pieces) {
      writeAll(descriptor, typeof piece === "string" ? Buffer.from(piece) : piece);
      await new Promise((resolved) => void setImmediate(resolved));
      stop();
    }
  };
  const isStandard = file === undefined || file === "-";
  if (isStandard || statOf(file)?.isFile() === false) {
    const descriptor = isStandard ? 1 : openSync(file, "w");
    try {
      await write(descriptor);
    } catch (error) {
      throw isPassedOn(error) ? error : unwritable(error, isStandard ? "standard output" : file);
    } finally {
      if (!isStandard) closeSync(descriptor);
    }
    return;
  }
  const unfinished = begin(file);
  try {
    await write(unfinished.descriptor);
    unfinished.finish();
  } catch (error) {
    unfinished.abandon();
    throw isPassedOn(error) ? error : unwritable(error, file);
  }
}

/** What is no trouble with writing: the reader has seen enough, or what was to be written could not be read. */
const isPassedOn = (error: unknown): boolean => error instanceof ClosedPipe || error instanceof TraplineError;

export function emitJson(data: unknown, file?: string): void {
  emit(JSON.stringify(data), file);
}

/**
 * Refuses, before any work is done, an output that cannot be written or that would take the place of what is
 * read.
 */
export function checkOutput(output: string | undefined, inputs: readonly string[]): void {
  if (output === undefined || output === "-") return;
  const refuse = (message: string, remedy?: string): TraplineError =>
    new TraplineError("output", message, { file: output }, remedy);
  const there = statOf(output);
  if (there?.isDirectory() === true) throw refuse("this is a directory", "Name a file in it");
  if (there === undefined && statOf(dirname(output))?.isDirectory() !== true) {
    throw refuse("its folder does not exist");
  }
  if (inputs.some((input) => input !== "-" && isSame(input, output, there))) {
    throw refuse("would take the place of what is read", "Name another file for it");
  }
}

/** Refuses two outputs of one command that are one file: the second would take the place of the first. */
export function checkApart(...outputs: readonly [first: Output, second: Output]): void {
  const [[first, one], [second, other]] = outputs;
  if (one === undefined || other === undefined) return;
  const there = statOf(other);
  if (one !== other && (there?.isFile() === false || !isSame(one, other, there))) return;
  throw new TraplineError("usage", `${first} and ${second} name the same file`);
}

/** An option that names an output, and what it names. */
type Output = readonly [option: string, file: string | undefined];

function isSame(input: string, output: string, there: Stats | undefined): boolean {
  if (resolve(input) === resolve(output)) return true;
  const other = there === undefined ? undefined : statOf(input);
  return other !== undefined && other.ino === there?.ino && other.dev === there.dev && there.ino !== 0;
}

/** Whether a path is a folder that is there. */
export const isFolder = (path: string): boolean => statOf(path)?.isDirectory() === true;

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined; // opening it says what is wrong
  }
}

interface Unfinished {
  readonly descriptor: number;
  /** What was written is under the final name from here on. */
  finish(): void;
  /** Nothing of it is left. */
  abandon(): void;
}

/** Begins a file under a temporary name beside its own. */
function begin(file: string): Unfinished {
  // A link stays one.
  const target = statOf(file) === undefined ? file : realpathSync(file);
  const temporary = `${target}.${process.pid}.part`;
  let descriptor: number;
  try {
    descriptor = openSync(temporary, "w");
  } catch (error) {
    throw unwritable(error, file);
  }
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  };
  return {
    descriptor,
    finish() {
      fsyncSync(descriptor);
      close();
      renameSync(temporary, target);
    },
    abandon() {
      try {
        close();
      } finally {
        rmSync(temporary, { force: true });
      }
    },
  };
}

function writeFileWhole(file: string, bytes: Uint8Array): void {
  const unfinished = begin(file);
  try {
    writeAll(unfinished.descriptor, bytes);
    unfinished.finish();
  } catch (error) {
    unfinished.abandon();
    throw unwritable(error, file);
  }
}

/** A device or a pipe keeps its place. */
function writeInPlace(file: string, bytes: Uint8Array): void {
  try {
    const descriptor = openSync(file, "w");
    try {
      writeAll(descriptor, bytes);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof ClosedPipe) throw error;
    throw unwritable(error, file);
  }
}

function writeStandardOutput(bytes: Uint8Array): void {
  try {
    writeAll(1, bytes);
  } catch (error) {
    if (error instanceof ClosedPipe) throw error;
    throw unwritable(error, "standard output");
  }
}

/** The system's words without its code in front and the temporary name behind. */
export function unwritable(error: unknown, file: string): TraplineError {
  const what = messageOf(error).replace(/^E[A-Z]+: |, (?:open|write|rename|fsync|mkdtemp)\b.*$/gs, "");
  return new TraplineError("output", `cannot be written: ${what}`, { file });
}

/** Synchronous, so that nothing is lost when the process ends; a pipe that is full is waited for. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(descriptor, bytes, done);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else if (code === "EPIPE") throw new ClosedPipe();
      else throw error;
    }
  }
}

/** Whoever read standard output has seen enough (`| head`): no error, nothing more to do. */
export class ClosedPipe extends Error {
  override readonly name = "ClosedPipe";
}

/** A word to the user beside the data: standard error. */
export function tell(text: string): void {
  try {
    // Logs are kept, and read by others.
    writeAll(2, Buffer.from(`${shownText(text)}\n`));
  } catch {
    // Nobody listens.
  }
}
