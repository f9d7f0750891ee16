import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { errorOf, type Folder, lines, readAll, temporaryFolder } from "./helpers.js";

const folder: Folder = temporaryFolder();
afterAll(folder.remove);

const text = lines(0, 400);
const whole = gzipSync(text);
const read = (bytes: Uint8Array) => readAll(folder.write(bytes));
const failure = (bytes: Uint8Array) => errorOf(folder.write(bytes));

test("reads one member, several, and padding of zero bytes", async () => {
  expect(await read(whole)).toEqual(text);
  expect(await read(Buffer.concat([whole, gzipSync("")]))).toEqual(text);
  expect(await read(Buffer.concat([whole, whole, whole]))).toEqual(Buffer.concat([text, text, text]));
  expect(await read(Buffer.concat([whole, Buffer.alloc(512)]))).toEqual(text);
});

test("cutting it anywhere is an error, never a shorter text", async () => {
  for (let length = 2; length < whole.length; length += 7) {
    const error = await failure(whole.subarray(0, length));
    expect(error.code).toBe("input");
    expect(error.message).toMatch(/damaged or cut off/);
    expect(error.place.file).toContain("recording");
    expect(error.place.offset).toBeLessThanOrEqual(text.length);
  }
});

test("cutting the second member anywhere is an error", async () => {
  const second = gzipSync(lines(400, 420));
  for (let length = 1; length < second.length; length += 2) {
    const error = await failure(Buffer.concat([whole, second.subarray(0, length)]));
    expect(error.message).toMatch(/damaged or cut off/);
  }
});

test("a flipped byte in data, checksum or length is an error", async () => {
  // The first bytes of a member (time, system) are not covered by its checksum.
  for (let at = 10; at < whole.length; at += 7) {
    const bytes = Buffer.from(whole);
    bytes[at] = bytes[at] ^ 0x55;
    expect((await failure(bytes)).message).toMatch(/damaged or cut off/);
  }
  for (let at = whole.length - 8; at < whole.length; at += 1) {
    const bytes = Buffer.from(whole);
    bytes[at] = bytes[at] ^ 1;
    expect((await failure(bytes)).message).toMatch(/damaged or cut off/);
  }
});

test("anything else after the end is an error, also behind padding", async () => {
  const garbage = Buffer.from("garbage");
  expect((await failure(Buffer.concat([whole, garbage]))).code).toBe("input");
  const padded = await failure(Buffer.concat([whole, Buffer.alloc(64), garbage]));
  expect(padded.message).toMatch(/something else follows its end/);
  expect(padded.place.offset).toBe(text.length);
  const far = await failure(Buffer.concat([whole, Buffer.alloc(3 << 20), whole]));
  expect(far.message).toMatch(/something else follows its end/);
});

test("members that begin anywhere in the pieces that are read come out whole", async () => {
  const noise = Buffer.alloc((1 << 20) - 100, Uint8Array.from([7, 3, 9, 1, 200, 17, 45]));
  const stored = gzipSync(noise, { level: 0 });
  for (const shift of [0, 1, 2, 3, 10]) {
    const first = gzipSync(noise.subarray(0, noise.length - stored.length + (1 << 20) - shift), { level: 0 });
    const bytes = Buffer.concat([first, whole]);
    expect((await read(bytes)).subarray(-text.length)).toEqual(text);
  }
});
