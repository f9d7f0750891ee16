import { lastWord } from "#src/trace/block.js";
import { preludeLength } from "#src/trace/prelude.js";
import { openTrace } from "#src/trace/reader.js";
import { encodeDictionary } from "#src/trace/windows/dictionary-block.js";
import type { Dictionary } from "#src/trace/windows/dictionary.js";
import type { WindowChunks } from "#src/trace/windows/stream.js";
import { encodeWindowBlock } from "#src/trace/windows/window-block.js";
import { takeApart, type IndexLists, type Parts } from "../support.js";

/** The windows of a trace as a writer packs them, to be changed before they are packed. */
export interface Packing {
  readonly chunks: readonly WindowChunks[];
  readonly dictionaries: readonly Dictionary[];
}

/** A trace's parts, its windows packed anew so that all checksums and rows of the index are those of what is there. */
export function rebuild(
  path: string,
  change: (packing: Packing) => Partial<Packing>,
): Parts & { readonly index: IndexLists } {
  const parts = takeApart(path);
  const trace = openTrace(path);
  const windows = trace.windows();
  const packing: Packing = {
    dictionaries: windows.dictionaries,
    chunks: [...windows.blocks].map((_, block) => {
      const chunks = windows.read(block);
      return { ...chunks, words: chunks.words.slice() };
    }),
  };
  trace.close();
  const { chunks, dictionaries } = { ...packing, ...change(packing) };
  const pieces = [...trace.blocks].map(({ offset, bytes }) =>
    parts.blocks.subarray(offset - preludeLength, offset - preludeLength + bytes),
  );
  let end = preludeLength;
  const place = (bytes: Uint8Array): readonly [number, number] => {
    end += bytes.length;
    return [end - bytes.length, bytes.length];
  };
  const events = pieces.map((bytes, block) => [
    ...place(bytes),
    trace.blocks.row(block).events,
    trace.blocks.row(block).crc ?? 0,
  ]);
  const windowRows = chunks.map((each) => {
    const [head, words] = encodeWindowBlock(each);
    pieces.push(Buffer.concat([head, words]));
    const count = each.counts.reduce((sum, own) => sum + own, 0);
    return [...place(pieces[pieces.length - 1]), each.segmentation, count, each.literals, lastWord(head)];
  });
  const dictionaryRows = dictionaries.map((each, segmentation) => {
    const [head, stream] = encodeDictionary(segmentation, each);
    pieces.push(Buffer.concat([head, stream]));
    return [...place(pieces[pieces.length - 1]), lastWord(head)];
  });
  const [, , , stays, before] = parts.index;
  return {
    blocks: Buffer.concat(pieces),
    header: parts.header,
    index: [events, windowRows, dictionaryRows, stays, before],
  };
}

/** The same with other words in the first block of a segmentation, each chunk as long as it says. */
export function withWords(
  { chunks }: Packing,
  segmentation: number,
  change: (chunks: WindowChunks) => Partial<WindowChunks>,
): Partial<Packing> {
  const at = chunks.findIndex((each) => each.segmentation === segmentation);
  return { chunks: chunks.with(at, { ...chunks[at], ...change(chunks[at]) }) };
}
