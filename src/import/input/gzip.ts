import { createGunzip } from "node:zlib";
import { messageOf, TraplineError } from "../../errors.js";
import type { Damaged } from "./damage.js";
import { decompress, OUTPUT_BYTES } from "./transform.js";

/**
 * Decompresses a gzip file of one or more members.
 * @throws TraplineError "input" when it is cut off, when a checksum does not hold, and when something that is
 *   neither a member nor padding follows
 */
export async function* gunzip(
  source: AsyncGenerator<Uint8Array, void>,
  damaged: Damaged,
): AsyncGenerator<Uint8Array, void> {
  /** node:zlib stops at a zero byte after a member, which may be padding (tapes); anything else is not. */
  const padding = async (left: Uint8Array): Promise<void> => {
    for (let piece: Uint8Array | undefined = left; piece !== undefined;) {
      if (piece.some((byte) => byte !== 0)) throw damaged("something else follows its end");
      const step: IteratorResult<Uint8Array, void> = await source.next();
      piece = step.done === true ? undefined : step.value;
    }
  };
  try {
    yield* decompress(source, createGunzip({ chunkSize: OUTPUT_BYTES }), padding);
  } catch (error) {
    throw error instanceof TraplineError ? error : damaged(messageOf(error));
  }
}
