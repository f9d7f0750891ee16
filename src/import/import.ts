import { TraplineError } from "../errors.js";
import type { TraceHeader } from "../trace/header.js";
import { looksLikeTrace } from "../trace/prelude.js";
import { createTraceWriter, type WriterOptions } from "../trace/writer.js";
import { tool } from "../version.js";
import type { ImportOptions, Recording } from "./importer.js";
import { openInput } from "./input/open.js";
import { reopen, spool, type OwnFile } from "./input/spool.js";
import { refusal } from "./refusal.js";
import { detectImporter, importers } from "./registry.js";

export interface ImportResult {
  readonly header: TraceHeader;
  readonly importer: string;
  /** How sure the importer was of the text, 0 to 1. */
  readonly certainty: number;
}

export interface ImportTraceOptions extends Partial<Omit<ImportOptions, "name">>, WriterOptions {
  /** Files that were recorded together with the one that is read: they become one trace. */
  readonly together?: readonly string[];
}

/** Bytes shown to importers for recognition. */
const sniffBytes = 1 << 14;

/**
 * Reads a recording (`-`: standard input) and writes it as a trace at `output`. The trace is the same for any number
 * of threads, 1 where none is given.
 */
export async function importTrace(
  path: string,
  output: string,
  options: ImportTraceOptions = {},
  onProgress?: (read: number, size: number | undefined) => void,
): Promise<ImportResult> {
  const input = await openInput(path);
  const chunks = input.chunks[Symbol.asyncIterator]();
  try {
    const first = await chunks.next();
    if (first.done === true) throw new TraplineError("input", "is empty", { file: path });
    const start = first.value.subarray(0, sniffBytes);
    const refused = refusal(start, path);
    if (refused !== undefined) throw refused;
    if (looksLikeTrace(start)) {
      throw new TraplineError(
        "input",
        "is a trace, and only recordings are read from standard input or a pipe",
        { file: path },
        "Name the trace's file: it is not read from its beginning to its end",
      );
    }
    const found = detectImporter(start);
    if (found === undefined) {
      const known = importers.map(({ title }) => title).join("; ");
      throw new TraplineError(
        "input",
        "is no recording that trapline knows",
        { file: path },
        `It reads: ${known}`,
      );
    }
    const { together = [] } = options;
    if (together.length > 0 && found.importer.together !== true) {
      throw new TraplineError(
        "unsupported",
        `is ${found.importer.title}: no other file can be read together with it`,
        { file: path },
        "Import it by itself",
      );
    }
    const writer = createTraceWriter(output, options);
    let whole: OwnFile | undefined;
    const others: OwnFile[] = [];
    try {
      const all = progressing(resume(first.value, chunks), () => {
        const { read, size } = input.progress();
        onProgress?.(read, size);
      });
      const { file } = input;
      const recording: Recording = {
        chunks: all,
        file,
        async whole() {
          whole ??= file === undefined ? await spool(all, output, named(path)) : reopen(file);
          return whole;
        },
        async others() {
          for (const each of together) others.push(await openWhole(each, output));
          return others;
        },
        onRead: (bytes) => onProgress?.(Math.min(bytes, file?.size ?? bytes), file?.size),
      };
      const fields = await found.importer.read(recording, writer, {
        name: path,
        onError: options.onError ?? "fail",
        threads: options.threads ?? 1,
      });
      const header = writer.finish({ ...fields, tool });
      return { header, importer: found.importer.id, certainty: found.certainty };
    } finally {
      whole?.close();
      for (const each of others) each.close();
      writer.abort();
    }
  } finally {
    await chunks.return?.();
  }
}

/** Another file of the recording, decompressed if it has to be. */
async function openWhole(path: string, output: string): Promise<OwnFile> {
  const input = await openInput(path);
  if (input.file === undefined) return spool(input.chunks, output, named(path));
  try {
    return reopen(input.file);
  } finally {
    await input.close();
  }
}

const named = (path: string): string => (path === "-" ? "standard input" : path);

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
