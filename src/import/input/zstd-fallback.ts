import { messageOf, TraplineError } from "../../errors.js";
import type { Damaged } from "./damage.js";
import { createZstdDecoder } from "./zstd-wasm.js";
import type { FrameHeader } from "./zstd-frames.js";

/** ZSTD_WINDOWLOG_LIMIT_DEFAULT (27) of zstd.h; the package has no call that raises it. */
const WINDOW_BYTES_MAX = 1 << 27;
/** Small, so that little is left to be decoded when the consumer stops. */
const INPUT_BYTES = 64 << 10;
const DRAIN_BYTES_MAX = 64 << 20;

/** @throws TraplineError "input" when the frame needs more memory than the fallback can use */
export function checkFallbackWindow(header: FrameHeader, file: string): void {
  if (header.window <= WINDOW_BYTES_MAX) return;
  throw new TraplineError(
    "input",
    `its zstd window is ${Math.ceil(header.window / 2 ** 20)} MiB, more than the 128 MiB of the built-in decoder`,
    { file },
    "Install the zstd program, or use Node 22.15 or later",
  );
}

/**
 * Decompresses with a WebAssembly build of the reference decoder, on this thread. The decoder verifies the
 * checksums of frames that have one.
 *
 * The package pulls its input synchronously, at most once per step, so one piece is kept ready for each step.
 * It does not look at the decoder's error codes: on an error it would return empty output for ever. But an
 * empty step leads to another pull when it was empty because the input ran out, and does not after an error.
 * @throws TraplineError "input" when the data is damaged
 */
export async function* fallbackZstd(
  source: AsyncGenerator<Uint8Array, void>,
  damaged: Damaged,
): AsyncGenerator<Uint8Array, void> {
  const decoder = await createZstdDecoder();
  let ready: Uint8Array | undefined;
  function* feed(): Generator<Uint8Array, void> {
    while (ready !== undefined) {
      const piece = ready;
      ready = undefined;
      yield piece;
    }
  }
  const pieces = slices(source);
  const output = decoder.decodeStreaming(feed());
  let stuck = false;
  try {
    let empty = false;
    for (;;) {
      if (ready === undefined) {
        const step = await pieces.next();
        ready = step.done === true ? undefined : step.value;
      }
      const before = ready;
      const step = output.next();
      if (step.done === true) break;
      const pulled = before !== ready;
      stuck = empty && !pulled;
      if (stuck) throw damaged("a block or a checksum does not hold");
      empty = step.value.length === 0;
      if (!empty) yield step.value;
    }
  } catch (error) {
    throw error instanceof TraplineError ? error : damaged(messageOf(error));
  } finally {
    ready = undefined;
    if (!stuck) drain(output);
    await pieces.return();
  }
}

/** The package frees the window only when its generator runs to the end, which throws for an incomplete frame. */
function drain(output: Generator<Uint8Array>): void {
  try {
    for (let drained = 0; drained < DRAIN_BYTES_MAX;) {
      const step = output.next();
      if (step.done === true) return;
      drained += Math.max(step.value.length, 1 << 10);
    }
  } catch {
    // Nobody waits for the rest of this frame.
  }
}

async function* slices(source: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  for await (const piece of source) {
    for (let from = 0; from < piece.length; from += INPUT_BYTES) {
      yield piece.subarray(from, from + INPUT_BYTES);
    }
  }
}
