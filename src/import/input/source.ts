/** A regular file of text that is not compressed: threads may read it anywhere, while `chunks` is not at its end. */
export interface OpenFile {
  readonly descriptor: number;
  /** Its path, for messages. */
  readonly name: string;
  readonly size: number;
}

/** Bytes as they lie on the disk or come through a pipe: read once, in order, each piece valid until the next. */
export interface ByteSource {
  /** Bytes; known for regular files only. */
  readonly size: number | undefined;
  readonly file: OpenFile | undefined;
  readonly pieces: AsyncGenerator<Uint8Array, void>;
}

/** How far an input has come, in bytes; written by the stages that the bytes pass through. */
export interface Position {
  /** Bytes taken from the file, compressed if it is. */
  read: number;
  /** Bytes of decompressed text made so far. */
  text: number;
}

/** Counts what is handed on; the count is for progress and for the messages of the decoders. */
export async function* countRead(
  pieces: AsyncIterable<Uint8Array>,
  position: Position,
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of pieces) {
    position.read += piece.length;
    yield piece;
  }
}
