import { TraplineError } from "../../errors.js";
import type { Position } from "./source.js";

/** Makes the error for compressed data that does not decompress; `detail` says what was found. */
export type Damaged = (detail: string, remedy?: string) => TraplineError;

export function damageOf(file: string, compression: string, position: Position): Damaged {
  return (detail, remedy = "Copy or record the file again") =>
    new TraplineError(
      "input",
      `the ${compression} data is damaged or cut off: ${detail}, within the first ${position.read} compressed bytes`,
      { file },
      remedy,
    );
}

/**
 * Counts the text on its way to the consumer, and adds to an error the offset in the text at which it happened:
 * what was decompressed before the error has passed by then, which is not so where the error is made.
 */
export async function* countText(
  pieces: AsyncIterable<Uint8Array>,
  position: Position,
): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const piece of pieces) {
      position.text += piece.length;
      yield piece;
    }
  } catch (error) {
    if (!(error instanceof TraplineError) || error.code !== "input") throw error;
    throw new TraplineError(
      error.code,
      error.message,
      { ...error.place, offset: position.text },
      error.remedy,
    );
  }
}
