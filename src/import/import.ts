import { TraplineError } from "../errors.js";
import type { TraceHeader } from "../trace/header.js";
import { createTraceWriter, type WriterOptions } from "../trace/writer.js";
import { tool } from "../version.js";
import type { ImportOptions } from "./importer.js";
import { openInput } from "./input/open.js";
import { detectImporter, importers } from "./registry.js";

export interface ImportResult {
  readonly header: TraceHeader;
  readonly importer: string;
  /** How sure the importer was of the text, 0 to 1. */
  readonly certainty: number;
}

/** Bytes shown to importers for recognition. */
const sniffBytes = 1 << 14;

/** Reads a recording (`-`: standard input) and writes it as a trace at `output`. */
export async function importTrace(
  path: string,
  output: string,
  options: Partial<Omit<ImportOptions, "name">> & WriterOptions = {},
  onProgress?: (read: number, size: number | undefined) => void,
): Promise<ImportResult> {
  const input = await openInput(path);
  const chunks = input.chunks[Symbol.asyncIterator]();
  try {
    const first = await chunks.next();
    if (first.done === true) throw new TraplineError("input", "is empty", { file: path });
    const found = detectImporter(first.value.subarray(0, sniffBytes));
    if (found === undefined) {
      const known = importers.map(({ title }) => title).join("; ");
      throw new TraplineError(
        "input",
        "is no recording that trapline knows",
        { file: path },
        `It reads: ${known}`,
      );
    }
    const writer = createTraceWriter(output, options);
    try {
      const all = progressing(resume(first.value, chunks), () => {
        const { read, size } = input.progress();
        onProgress?.(read, size);
      });
      const fields = await found.importer.read(all, writer, {
        name: path,
        onError: options.onError ?? "fail",
      });
      const header = writer.finish({ ...fields, tool });
      return { header, importer: found.importer.id, certainty: found.certainty };
    } finally {
      writer.abort();
    }
  } finally {
    await chunks.return?.();
  }
}

async function* resume(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (;;) {
    const next = await rest.next();
    if (next.done === true) return;
    yield next.value;
  }
}

async function* progressing(
  chunks: AsyncIterable<Uint8Array>,
  report: () => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
    report();
  }
}
