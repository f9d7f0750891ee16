/**
 * Errors that a user can act on. Each says what is wrong, where (file, line, byte offset) and what to do;
 * the command line prints them as one line and never shows a stack trace for them.
 */

/** What kind of trouble it is; the command line derives the exit status from it. */
export type ErrorCode =
  | "usage" // the command line, a policy file or a manifest asks for something impossible
  | "input" // a file cannot be read, or is not what it claims to be
  | "corrupt" // a checksum or a structure in a trace does not hold
  | "unsupported" // the trace cannot answer what is asked of it
  | "output" // a result cannot be written
  | "worker" // a worker died, threw or hung
  | "interrupted";

/** Where in the input the trouble is. Offsets are bytes of the decompressed text, or of the `.trl` file. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly offset?: number;
  readonly block?: number;
}

export class TraplineError extends Error {
  override readonly name = "TraplineError";
  readonly code: ErrorCode;
  readonly place: Place;
  /** What the user can do about it; one sentence. */
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, place: Place = {}, remedy?: string) {
    super(message);
    this.code = code;
    this.place = place;
    this.remedy = remedy;
  }
}

/** One line for a terminal: `FILE:LINE: what is wrong (byte 123). What to do.` */
export function formatError(error: TraplineError): string {
  const { file, line, offset, block } = error.place;
  const where = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}: `;
  const details = [
    block === undefined ? undefined : `block ${block}`,
    offset === undefined ? undefined : `byte ${offset}`,
  ].filter((part) => part !== undefined);
  const detail = details.length === 0 ? "" : ` (${details.join(", ")})`;
  const remedy = error.remedy === undefined ? "" : `. ${error.remedy}`;
  return `${where}${error.message}${detail}${remedy}`;
}

/** The form in which an error crosses a thread: classes do not survive the structured clone. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly place: Place;
  readonly remedy: string | undefined;
}

export function errorRecord(error: TraplineError): ErrorRecord {
  return { code: error.code, message: error.message, place: error.place, remedy: error.remedy };
}

export function errorFromRecord(record: ErrorRecord): TraplineError {
  return new TraplineError(record.code, record.message, record.place, record.remedy);
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
