/** Pieces of at least this size go through without being copied. */
const ENOUGH_BYTES = 256 << 10;
const BUFFER_BYTES = 1 << 20;

/**
 * Gathers small pieces into chunks of 256 KiB to 1 MiB (larger pieces go through as they are; the last chunk
 * may be smaller), so that the consumer's cost per chunk does not depend on how a pipe or a decoder cuts them.
 * What was gathered before an error is handed on before the error is.
 */
export async function* gather(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let buffer: Uint8Array | undefined;
  let held = 0;
  let failure: { readonly error: unknown } | undefined;
  const source = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await source.next().catch((error: unknown) => {
        failure = { error };
        return undefined;
      });
      if (step === undefined || step.done === true) break;
      let rest = step.value;
      while (rest.length > 0) {
        if (held === 0 && rest.length >= ENOUGH_BYTES) {
          yield rest;
          break;
        }
        buffer ??= new Uint8Array(BUFFER_BYTES);
        const length = Math.min(rest.length, BUFFER_BYTES - held);
        buffer.set(rest.subarray(0, length), held);
        held += length;
        rest = rest.subarray(length);
        if (held === BUFFER_BYTES) {
          yield buffer;
          held = 0;
        }
      }
    }
    if (buffer !== undefined && held > 0) yield buffer.subarray(0, held);
    if (failure !== undefined) throw failure.error;
  } finally {
    await source.return?.();
  }
}
