import type { Transform } from "node:stream";

/** A decompressor of node:zlib; `bytesWritten` are the bytes that it has consumed, not those it was given. */
export interface Decompressor extends Transform {
  readonly bytesWritten: number;
}

/** Output buffers of the decompressors. */
export const OUTPUT_BYTES = 1 << 20;

/**
 * Runs pieces through a decompressor. Each piece is consumed before the next one is asked for, so the source
 * may reuse its buffer; the decompressor works on its thread while the consumer has a chunk in hand.
 * @param rest called once when the decompressor finds its data ended before the source does, with what it left
 *   of the piece; the source goes on after that piece
 */
export async function* decompress(
  source: AsyncGenerator<Uint8Array, void>,
  decompressor: Decompressor,
  rest: (left: Uint8Array) => Promise<void>,
): AsyncGenerator<Uint8Array, void> {
  const feeding = feed(source, decompressor, rest).catch((error: unknown) => {
    // Ends the output behind what was decompressed so far; destroy() would throw that away.
    decompressor.push(null);
    throw error;
  });
  feeding.catch(() => undefined);
  try {
    for await (const chunk of decompressor as AsyncIterable<Uint8Array>) yield chunk;
    await feeding;
  } finally {
    decompressor.destroy();
    await feeding.catch(() => undefined);
    await source.return();
  }
}

async function feed(
  source: AsyncGenerator<Uint8Array, void>,
  decompressor: Decompressor,
  rest: (left: Uint8Array) => Promise<void>,
): Promise<void> {
  let given = 0;
  const write = writer(decompressor);
  for (;;) {
    const step = await source.next();
    if (decompressor.destroyed) return;
    if (step.done === true) break;
    given += step.value.length;
    await write(step.value);
    if (decompressor.destroyed) return;
    if (decompressor.bytesWritten < given) {
      await rest(step.value.subarray(step.value.length - (given - decompressor.bytesWritten)));
      break;
    }
  }
  decompressor.end();
}

function writer(decompressor: Decompressor): (piece: Uint8Array) => Promise<void> {
  let settle: (() => void) | undefined;
  // A decompressor that is destroyed while it waits for its reader never calls the callback of write().
  decompressor.once("close", () => {
    settle?.();
  });
  return (piece) =>
    new Promise((resolve, reject) => {
      settle = resolve;
      decompressor.write(piece, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
}
