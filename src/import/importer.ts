import type { HeaderFields, TraceWriter } from "../trace/writer.js";

/** What an importer is given. */
export interface ImportOptions {
  /** Name of the source for messages: its path, or `-`. */
  readonly name: string;
  /** What a line that cannot be read does: end the import, or be counted and passed over. */
  readonly onError: "fail" | "skip";
}

/**
 * A kind of recording that can become a trace: one file that exports one of these, and one line in
 * `registry.ts`.
 */
export interface Importer {
  readonly id: string;
  /** What it reads, for people. */
  readonly title: string;
  /** How sure it is that text which begins with these bytes is its own: 0 (no) to 1 (certain). */
  detect(start: Uint8Array): number;
  /** Reads the whole text and writes its events; returns what the trace's header says of the source. */
  read(
    chunks: AsyncIterable<Uint8Array>,
    writer: TraceWriter,
    options: ImportOptions,
  ): Promise<Omit<HeaderFields, "tool">>;
}
