import * as zlib from "node:zlib";
import type { Damaged } from "./damage.js";
import { messageOf, TraplineError } from "../../errors.js";
import { type Decompressor, decompress, OUTPUT_BYTES } from "./transform.js";

type CreateZstdDecompress = (options: {
  readonly chunkSize: number;
  readonly params: Readonly<Record<number, number>>;
}) => Decompressor;

/** ZSTD_d_windowLogMax of zstd.h; 31 (2 GiB) is the most that a 64-bit decoder takes, 27 its default. */
const WINDOW_LOG_MAX_PARAMETER = 100;
const WINDOW_LOG_MAX = 31;

function isFactory(value: unknown): value is CreateZstdDecompress {
  return typeof value === "function";
}

/** Looked up when it runs: Node has it since 22.15, and the types of Node 20 know nothing of it. */
function factory(): CreateZstdDecompress | undefined {
  const value: unknown = Reflect.get(zlib, "createZstdDecompress");
  return isFactory(value) ? value : undefined;
}

export function nodeHasZstd(): boolean {
  return factory() !== undefined;
}

/**
 * Decompresses with Node's own zstd, on a thread of its pool.
 * @param source pieces that never span the end of a frame
 * @throws TraplineError "input" when the data is damaged, "usage" when this Node has no zstd
 */
export async function* nodeZstd(
  source: AsyncGenerator<Uint8Array, void>,
  damaged: Damaged,
): AsyncGenerator<Uint8Array, void> {
  const create = factory();
  if (create === undefined) throw new TraplineError("usage", "this Node has no zstd of its own");
  const decompressor = create({
    chunkSize: OUTPUT_BYTES,
    params: { [WINDOW_LOG_MAX_PARAMETER]: WINDOW_LOG_MAX },
  });
  const left = (): Promise<void> => Promise.reject(damaged("a frame ends before its last block"));
  try {
    yield* decompress(source, decompressor, left);
  } catch (error) {
    throw error instanceof TraplineError ? error : damaged(messageOf(error));
  }
}
