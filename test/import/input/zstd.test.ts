import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { ZstdDecoder } from "#src/import/input/zstd.js";
import {
  decoders,
  errorOf,
  fixture,
  type Folder,
  lines,
  rawFrame,
  readAll,
  sha256,
  temporaryFolder,
} from "./helpers.js";

const folder: Folder = temporaryFolder();
afterAll(folder.remove);

const framesFile = readFileSync(fixture("frames.zst"));
const text = lines(0, 60);
/** frames.zst: skippable (13 bytes), frame with a checksum, frame without, skippable. */
const boundaries = (() => {
  const second = framesFile.indexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 14);
  return [13, second, framesFile.length - 13, framesFile.length];
})();

const failure = (zstd: ZstdDecoder, bytes: Uint8Array) => errorOf(folder.write(bytes, zstd), { zstd });

for (const { zstd, present } of decoders) {
  describe.skipIf(!present)(`with the ${zstd} decoder`, () => {
    test("reads every frame and steps over skippable ones", async () => {
      expect(await readAll(fixture("frames.zst"), { zstd })).toEqual(text);
      expect(await readAll(fixture("empty-frame.zst"), { zstd })).toEqual(Buffer.alloc(0));
      expect(await readAll(fixture("only-skippable.zst"), { zstd })).toEqual(Buffer.alloc(0));
      const twice = Buffer.concat([framesFile, framesFile]);
      expect(await readAll(folder.write(twice, zstd), { zstd })).toEqual(Buffer.concat([text, text]));
    });

    test("reads frames that begin and end anywhere in the pieces that are read", async () => {
      const part = Buffer.alloc(699_050, lines(0, 9000));
      const joined = Buffer.concat(Array.from({ length: 9 }, () => part));
      const copies = Buffer.concat(Array.from({ length: 9 }, () => rawFrame(part)));
      const bytes = await readAll(folder.write(copies, zstd), { zstd });
      expect(sha256(bytes)).toBe(sha256(joined));
      const error = await failure(zstd, copies.subarray(0, -1));
      expect(error.message).toMatch(/ends within a frame/);
    });

    test("reaches back 40 MiB in a window of 128 MiB", async () => {
      const bytes = await readAll(fixture("far-window.zst"), { zstd });
      const near = lines(0, 40, "far");
      expect(sha256(bytes)).toBe(sha256(Buffer.concat([near, Buffer.alloc(40 << 20), near])));
    });

    test("cutting it anywhere but between frames is an error, never a shorter text", async () => {
      for (let length = 4; length < framesFile.length; length += zstd === "program" ? 23 : 3) {
        if (boundaries.includes(length)) continue;
        const error = await failure(zstd, framesFile.subarray(0, length));
        expect(error.code).toBe("input");
        expect(error.message).toMatch(/zstd data is damaged or cut off: .*ends within a frame/);
        expect(error.place.file).toContain(zstd);
        expect(error.place.offset).toBeLessThanOrEqual(text.length);
      }
    });

    test("a flipped byte in a frame with a checksum is an error", async () => {
      // From the first block on; the last four bytes are the checksum itself.
      for (let at = 13 + 6; at < boundaries[1]; at += zstd === "program" ? 40 : 5) {
        const bytes = Buffer.from(framesFile);
        bytes[at] = bytes[at] ^ 0x55;
        expect((await failure(zstd, bytes)).message).toMatch(/zstd data is damaged or cut off/);
      }
      const bytes = Buffer.from(framesFile);
      const checksum = boundaries[1] - 1;
      bytes[checksum] = bytes[checksum] ^ 1;
      expect((await failure(zstd, bytes)).message).toMatch(/zstd data is damaged or cut off/);
    });

    test("anything else after a frame is an error", async () => {
      const garbage = await failure(zstd, Buffer.concat([framesFile, Buffer.from("garbage")]));
      expect(garbage.message).toMatch(/not a frame follows/);
      expect((await failure(zstd, Buffer.concat([framesFile, Buffer.alloc(3)]))).code).toBe("input");
    });

    test("a frame that needs a dictionary says so", async () => {
      const bytes = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 1, 9, 0, 0, 1);
      expect((await failure(zstd, bytes)).message).toMatch(/dictionary/);
    });
  });
}

test("a window of 2 GiB is too much for the fallback alone", async () => {
  const error = await errorOf(fixture("window-2g.zst"), { zstd: "fallback" });
  expect(error.message).toMatch(/2048 MiB/);
  expect(error.remedy).toMatch(/zstd program/);
});

test("takes a decoder by itself", async () => {
  expect(await readAll(fixture("frames.zst"))).toEqual(text);
});

test("without the program on the PATH the fallback takes over, and asking for the program is an error", async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = folder.path;
  try {
    expect(await readAll(fixture("frames.zst"))).toEqual(text);
    expect((await errorOf(fixture("frames.zst"), { zstd: "program" })).code).toBe("usage");
  } finally {
    process.env["PATH"] = path;
  }
});
