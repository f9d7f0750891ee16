import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import * as zlib from "node:zlib";
import { TraplineError } from "#src/errors.js";
import { type InputOptions, openInput } from "#src/import/input/open.js";

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The text that the fixtures were made of. */
export function lines(from: number, to: number, word = "line"): Buffer {
  let text = "";
  for (let index = from; index < to; index += 1) {
    text += `${word} ${index} ${(BigInt(index) * 2654435761n) % 4294967296n}\n`;
  }
  return Buffer.from(text);
}

/** A zstd frame without a checksum whose blocks hold the bytes as they are (RFC 8878, 3.1.1). */
export function rawFrame(bytes: Uint8Array): Buffer {
  const BLOCK_BYTES = 128 << 10;
  const WINDOW_OF_1_MIB = (20 - 10) << 3;
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, WINDOW_OF_1_MIB)];
  for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
    const block = bytes.subarray(from, from + BLOCK_BYTES);
    const header = (block.length << 3) | Number(from + BLOCK_BYTES >= bytes.length);
    parts.push(Uint8Array.of(header, header >> 8, header >> 16), block);
  }
  return Buffer.concat(parts);
}

export interface Folder {
  readonly write: (bytes: Uint8Array, name?: string) => string;
  readonly path: string;
  readonly remove: () => void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "trapline-input-"));
  return {
    path,
    write: (bytes, name = "recording") => {
      writeFileSync(join(path, name), bytes);
      return join(path, name);
    },
    remove: () => {
      rmSync(path, { recursive: true });
    },
  };
}

export async function readAll(path: string, options?: InputOptions): Promise<Buffer> {
  const input = await openInput(path, options);
  const copies: Uint8Array[] = [];
  for await (const chunk of input.chunks) copies.push(chunk.slice());
  return Buffer.concat(copies);
}

/** The error that reading a file gives; fails when it gives none, or one that is not meant for users. */
export async function errorOf(path: string, options?: InputOptions): Promise<TraplineError> {
  try {
    await readAll(path, options);
  } catch (error) {
    if (error instanceof TraplineError) return error;
    throw error;
  }
  throw new Error("it was read without an error");
}

export const decoders = [
  { zstd: "node", present: "createZstdDecompress" in zlib },
  { zstd: "program", present: spawnSync("zstd", ["--version"]).status === 0 },
  { zstd: "fallback", present: true },
] as const;
