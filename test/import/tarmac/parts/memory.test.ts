import { describe, expect, it } from "vitest";
import { createRecorder } from "#src/import/machine/recorder.js";
import { createWorld } from "#src/import/machine/world.js";
import { scanText } from "#src/import/tarmac/parts/scan-text.js";
import { createTarmacScanner } from "#src/import/tarmac/scan.js";
import { collector } from "../../machine/collect.js";
import { fixture } from "../scanned.js";

const piece = Buffer.from(fixture("chatty"), "latin1");

/** Bytes that the process has when it has read the recording so many times over, and the lines. */
async function usedAfter(times: number, threads: number): Promise<{ used: number; lines: number }> {
  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    for (let each = 0; each < times; each++) yield await Promise.resolve(piece);
  }
  const { writer } = collector();
  // Nothing is kept of what is written.
  const forgetful = { ...writer, append: () => undefined };
  const scanner = createTarmacScanner(createWorld(createRecorder(forgetful)), {
    name: "test.tarmac",
    onError: "fail",
  });
  const whole = (): Promise<never> => Promise.reject(new Error("a text is read as chunks"));
  const recording = {
    chunks: pieces(),
    file: undefined,
    whole,
    others: async () => [],
    onRead: () => undefined,
  };
  await scanText(scanner, recording, threads, { enough: 1 << 20, part: 1 << 18 });
  const used = process.memoryUsage().rss;
  return { used, lines: scanner.finish().lines };
}

describe("memory", () => {
  it.each([1, 2])("does not grow with the text, threads: %i", async (threads) => {
    const short = await usedAfter(10, threads);
    const long = await usedAfter(400, threads);
    expect(long.lines).toBe(40 * short.lines);
    // The text is longer by 160 MB.
    expect(long.used - short.used).toBeLessThan(100 << 20);
  });
});
