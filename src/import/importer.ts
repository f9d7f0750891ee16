import type { OpenFile } from "./input/source.js";
import type { HeaderFields, TraceWriter } from "../trace/writer.js";

/** What an importer is given. */
export interface ImportOptions {
  /** Name of the source for messages: its path, or `-`. */
  readonly name: string;
  /** What a line that cannot be read does: end the import, or be counted and passed over. */
  readonly onError: "fail" | "skip";
  /** How many threads may work on it, this one among them. */
  readonly threads: number;
}

/** A recording to read. */
export interface Recording {
  /** Its text from the beginning, each chunk valid until the next is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The same text, where it can be read at any place too: `chunks` need not be read to the end then. */
  readonly file: OpenFile | undefined;
  /**
   * For a reader of places rather than lines: the file, or a copy of what is none, open until the import is over.
   * @throws TraplineError "output" when the copy cannot be written
   */
  readonly whole: () => Promise<OpenFile>;
  /** Files that were recorded together with it, opened in the same way; none for most. */
  readonly others: () => Promise<readonly OpenFile[]>;
  /** Reports how many bytes of `file` were read; what is read of `chunks` is known. */
  readonly onRead: (bytes: number) => void;
}

/**
 * A kind of recording that can become a trace: one file that exports one of these, and one line in
 * `registry.ts`.
 */
export interface Importer {
  readonly id: string;
  /** What it reads, for people. */
  readonly title: string;
  /** It reads files that were recorded together as one. */
  readonly together?: true;
  /** How sure it is that text which begins with these bytes is its own: 0 (no) to 1 (certain). */
  detect(start: Uint8Array): number;
  /** Reads the whole text and writes its events; returns what the trace's header says of the source. */
  read(
    recording: Recording,
    writer: TraceWriter,
    options: ImportOptions,
  ): Promise<Omit<HeaderFields, "tool">>;
}
