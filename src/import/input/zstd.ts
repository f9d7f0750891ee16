import { TraplineError } from "../../errors.js";
import type { Damaged } from "./damage.js";
import { fallbackZstd, checkFallbackWindow } from "./zstd-fallback.js";
import { frames } from "./zstd-frames.js";
import { nodeHasZstd, nodeZstd } from "./zstd-node.js";
import { programZstd, startZstdProgram } from "./zstd-program.js";

/** Node's own zstd, the zstd program, or the decoder that is a part of this package. */
export type ZstdDecoder = "node" | "program" | "fallback";

/**
 * Decompresses a zstd file of one or more frames with the first decoder there is: all three give the same bytes.
 * @throws TraplineError "input" when the data is damaged or cut off, "usage" when the wanted decoder is absent
 */
export async function* unzstd(
  source: AsyncGenerator<Uint8Array, void>,
  file: string,
  damaged: Damaged,
  wanted: ZstdDecoder | undefined,
): AsyncGenerator<Uint8Array, void> {
  if (wanted === "node" || (wanted === undefined && nodeHasZstd())) {
    yield* nodeZstd(
      frames(source, damaged, () => undefined),
      damaged,
    );
    return;
  }
  const program = wanted === "fallback" ? undefined : await startZstdProgram();
  if (program !== undefined) {
    yield* programZstd(
      frames(source, damaged, () => undefined),
      program,
      damaged,
    );
    return;
  }
  if (wanted === "program") throw new TraplineError("usage", "there is no zstd program on the PATH");
  yield* fallbackZstd(
    frames(source, damaged, (header) => {
      checkFallbackWindow(header, file);
    }),
    damaged,
  );
}
