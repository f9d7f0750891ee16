export type Compression = "none" | "gzip" | "zstd";

/** How many bytes {@link recognise} looks at. */
export const MAGIC_LENGTH = 4;

/** First four bytes of a zstd frame, little endian (RFC 8878, 3.1.1). */
export const ZSTD_MAGIC = 0xfd2fb528;
/** The same for a skippable frame, whose last four bits are the writer's own (RFC 8878, 3.1.2). */
const ZSTD_SKIPPABLE_MAGIC = 0x184d2a50;

export function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === ZSTD_SKIPPABLE_MAGIC;
}

/** Tells the compression from the first bytes of the content; a name says nothing reliable. */
export function recognise(head: Uint8Array): Compression {
  // RFC 1952, 2.3.1: two bytes are all that every gzip member has in common.
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  if (head.length < MAGIC_LENGTH) return "none";
  const magic = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  return magic === ZSTD_MAGIC || isSkippable(magic) ? "zstd" : "none";
}
