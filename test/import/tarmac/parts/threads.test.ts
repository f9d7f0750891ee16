import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { startHelpers } from "#src/import/tarmac/parts/helpers.js";
import { Control, createShared } from "#src/import/tarmac/parts/slot.js";
import { fixture } from "../scanned.js";

let folder = "";
let text: Uint8Array = new Uint8Array(0);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trapline-threads-"));
  // More than is left to one thread. A recording over and over: its clock goes back each time.
  text = Buffer.from(fixture("vhe").repeat(Math.ceil((48 << 20) / fixture("vhe").length)), "latin1");
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function imported(name: string, threads: number, options = {}): Promise<string> {
  const output = join(folder, `${name}.${threads}.trl`);
  await importTrace(join(folder, name), output, { ...options, threads });
  return createHash("sha256").update(readFileSync(output)).digest("hex");
}

describe("an import with several threads", () => {
  it("writes the same bytes", async () => {
    writeFileSync(join(folder, "long.tarmac"), text);
    const alone = await imported("long.tarmac", 1);
    for (const threads of [2, 3]) expect(await imported("long.tarmac", threads)).toBe(alone);
  });

  it("writes the same bytes from a stream", async () => {
    // The name is in the header.
    const plain = join(folder, "packed");
    writeFileSync(plain, text);
    const alone = await imported("packed", 1);
    writeFileSync(plain, gzipSync(text, { level: 1 }));
    for (const threads of [1, 2]) expect(await imported("packed", threads)).toBe(alone);
  });

  it("ends at the first bad line, wherever it is, and leaves nothing", async () => {
    const lines = Buffer.from("clearly no Tarmac\n");
    for (const share of [0.3, 0.9]) {
      const at = text.lastIndexOf(0x0a, Math.floor(text.length * share)) + 1;
      const line = text.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
      writeFileSync(
        join(folder, "bad.tarmac"),
        Buffer.concat([text.subarray(0, at), lines, text.subarray(at), lines]),
      );
      for (const threads of [1, 2, 3]) {
        await expect(imported("bad.tarmac", threads)).rejects.toMatchObject({
          code: "input",
          place: { line, offset: at },
        });
      }
    }
    expect(readdirSync(folder).filter((name) => name.startsWith("bad.tarmac."))).toEqual([]);
    const skipped = await imported("bad.tarmac", 1, { onError: "skip" });
    expect(await imported("bad.tarmac", 2, { onError: "skip" })).toBe(skipped);
  });
});

describe("helping threads", () => {
  it("tell when one of them dies", async () => {
    const shared = createShared(2, 4096);
    new Int32Array(shared.control)[Control.limit] = 1;
    const helpers = startHelpers(2, { ...shared, slots: [], file: undefined });
    try {
      await expect(helpers.arrival()).rejects.toMatchObject({ code: "worker" });
      // For good, not only to whoever was waiting.
      await expect(helpers.arrival()).rejects.toMatchObject({ code: "worker" });
    } finally {
      await helpers.stop();
    }
  });

  it("tell when the file cannot be read", async () => {
    const shared = createShared(2, 4096);
    new Int32Array(shared.control)[Control.limit] = 1;
    const helpers = startHelpers(1, { ...shared, file: { descriptor: 9999, name: "gone", size: 1 } });
    try {
      await expect(helpers.arrival()).rejects.toMatchObject({ code: "input", place: { file: "gone" } });
    } finally {
      await helpers.stop();
    }
  });
});
