import { spawn } from "node:child_process";
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { openInput } from "#src/import/input/open.js";
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

const large = Buffer.alloc(5_000_003, lines(0, 5000));

describe("a plain file", () => {
  test("comes in order, in chunks of at least 256 KiB", async () => {
    const input = await openInput(folder.write(large));
    const lengths: number[] = [];
    const copies: Uint8Array[] = [];
    for await (const chunk of input.chunks) {
      lengths.push(chunk.length);
      copies.push(chunk.slice());
    }
    expect(input.compression).toBe("none");
    expect(sha256(Buffer.concat(copies))).toBe(sha256(large));
    for (const length of lengths.slice(0, -1)) {
      expect(length).toBeGreaterThanOrEqual(256 << 10);
      expect(length).toBeLessThanOrEqual(4 << 20);
    }
    expect(input.progress()).toEqual({ read: large.length, size: large.length });
  });

  test("may be empty, or shorter than any magic", async () => {
    expect(await readAll(folder.write(Buffer.alloc(0)))).toHaveLength(0);
    expect(await readAll(folder.write(Buffer.from("ab\n")))).toEqual(Buffer.from("ab\n"));
    expect(await readAll(folder.write(Uint8Array.of(0x28, 0xb5)))).toHaveLength(2);
  });

  test("is recognised by what is in it, not by its name", async () => {
    const plain = await openInput(folder.write(lines(0, 3), "plain.zst"));
    const gzip = await openInput(folder.write(gzipSync(lines(0, 3)), "gzip.txt"));
    const zstd = await openInput(folder.write(readFileSync(fixture("frames.zst")), "zstd.gz"));
    expect([plain, gzip, zstd].map((input) => input.compression)).toEqual(["none", "gzip", "zstd"]);
    await Promise.all([plain.close(), gzip.close(), zstd.close()]);
  });

  test("can be iterated only once", async () => {
    const input = await openInput(folder.write(lines(0, 3)));
    for await (const chunk of input.chunks) expect(chunk.length).toBeGreaterThan(0);
    expect(() => input.chunks[Symbol.asyncIterator]()).toThrow(/once/);
  });
});

describe("what cannot be read is an input error that names the file", () => {
  const cases: readonly (readonly [string, () => string, RegExp])[] = [
    ["a missing file", () => join(folder.path, "missing"), /no such file/],
    ["a path through a file", () => join(folder.write(lines(0, 1)), "below"), /not a directory/],
    ["a directory", () => folder.path, /is a directory/],
    ["a device", () => "/dev/null", /a device/],
    ["a circle of links", () => circle(), /circle/],
  ];
  for (const [what, path, message] of cases) {
    test(`opening ${what}`, async () => {
      const error = await errorOf(path());
      expect(error.code).toBe("input");
      expect(error.message).toMatch(message);
      expect(error.place.file).toBe(path());
      expect(error.remedy).toBeDefined();
    });
  }

  // The superuser may read everything.
  test.skipIf(process.getuid?.() === 0)("a file without permission", async () => {
    const path = folder.write(lines(0, 1), "secret");
    chmodSync(path, 0);
    expect((await errorOf(path)).message).toMatch(/no permission/);
  });
});

function circle(): string {
  const path = join(folder.path, "circle");
  try {
    symlinkSync(path, path);
  } catch {
    // It is there from the first call.
  }
  return path;
}

/** Whether this process still has the file, or a child, open. */
function leftOpen(path: string): readonly string[] {
  const open = readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  });
  return [...open, ...process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap")];
}

describe.skipIf(process.platform !== "linux")("leaving the loop closes everything", () => {
  const files = [
    { what: "plain", bytes: large, options: {}, present: true },
    { what: "gzip", bytes: gzipSync(large), options: {}, present: true },
    ...decoders.map(({ zstd, present }) => ({
      what: zstd,
      bytes: rawFrame(large),
      options: { zstd },
      present,
    })),
  ];
  for (const { what, bytes, options, present } of files) {
    test.skipIf(!present)(`after two chunks (${what})`, async () => {
      const path = folder.write(bytes, `left-${what}`);
      const input = await openInput(path, options);
      let chunks = 0;
      for await (const chunk of input.chunks) {
        expect(chunk.length).toBeGreaterThanOrEqual(256 << 10);
        expect(leftOpen(path)).not.toEqual([]);
        chunks += 1;
        if (chunks === 2) break;
      }
      // A child's handle goes in the turn after its exit was seen.
      await nextTurn();
      await nextTurn();
      expect(leftOpen(path)).toEqual([]);
    });
  }

  test("close() does, when the chunks are never asked for", async () => {
    const path = folder.write(large, "closed");
    const input = await openInput(path);
    await input.close();
    expect(leftOpen(path)).toEqual([]);
  });
});

interface Run {
  readonly stdin: number | "pipe";
  readonly bytes?: Uint8Array;
  readonly arguments: readonly string[];
}

/** Runs the script of the fixtures; leaves its standard input open when no bytes are given. */
function readStdin(run: Run): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fixture("read-stdin.mjs"), ...run.arguments], {
      stdio: [run.stdin, "pipe", "inherit"],
    });
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.once("error", reject).once("close", () => {
      resolve(output.trim());
    });
    child.stdin?.on("error", () => undefined);
    if (run.bytes !== undefined) child.stdin?.write(run.bytes);
    if (run.arguments[1] !== "stop") child.stdin?.end();
  });
}

for (const thread of ["main", "worker"]) {
  describe(`standard input in a ${thread} thread`, () => {
    test("may be a pipe with plain text, gzip or zstd", async () => {
      const hash = sha256(large);
      const plain = await readStdin({ stdin: "pipe", bytes: large, arguments: [thread] });
      expect(plain).toBe(`none ${large.length} ${hash}`);
      const gzip = await readStdin({ stdin: "pipe", bytes: gzipSync(large), arguments: [thread] });
      expect(gzip).toBe(`gzip ${large.length} ${hash}`);
      const frames = readFileSync(fixture("frames.zst"));
      const zstd = await readStdin({ stdin: "pipe", bytes: frames, arguments: [thread] });
      expect(zstd).toBe(`zstd ${lines(0, 60).length} ${sha256(lines(0, 60))}`);
    });

    test("may be a file", async () => {
      const fd = openSync(folder.write(large, `stdin-${thread}`), "r");
      const output = await readStdin({ stdin: fd, arguments: [thread] });
      closeSync(fd);
      expect(output).toBe(`none ${large.length} ${sha256(large)}`);
    });

    test("may be empty", async () => {
      const output = await readStdin({ stdin: "pipe", arguments: [thread] });
      expect(output).toBe(`none 0 ${sha256(Buffer.alloc(0))}`);
    });

    test("that is cut off is an error", async () => {
      const bytes = gzipSync(large).subarray(0, -100);
      const output = await readStdin({ stdin: "pipe", bytes, arguments: [thread] });
      expect(output).toMatch(/^input the gzip data is damaged or cut off/);
    });

    test("does not keep the process waiting for a silent writer when the reader stops", async () => {
      const output = await readStdin({ stdin: "pipe", bytes: large, arguments: [thread, "stop"] });
      expect(output).toMatch(/^none 1048576 /);
    });
  });
}
