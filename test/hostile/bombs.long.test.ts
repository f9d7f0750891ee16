import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, createGzip, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { lastWord } from "#src/trace/block.js";
import { encodeDictionary } from "#src/trace/windows/dictionary-block.js";
import { repository, temporaryFolder } from "../cli/program.js";
import { steadyRuns } from "../trace/samples.js";
import { putTogether, takeApart, writeTrace, type Parts } from "../trace/support.js";

// Small files that claim to be large, or become it: refused before memory is taken, or read piece by piece.

const folder = temporaryFolder();
const path = join(folder, "whole.trl");
const header = writeTrace(path, steadyRuns(60));
const parts = takeApart(path);
const program = join(repository, "dist/src/cli/main.js");
const told = "process.on('exit', () => process.stderr.write(`rss ${process.resourceUsage().maxRSS}\\n`))";

/** What a run with little memory says, with the most that it took, in MiB. */
function run(...args: readonly string[]): {
  readonly said: string;
  readonly status: number | null;
  readonly mib: number;
} {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--max-old-space-size=96",
      "--import",
      `data:text/javascript,${encodeURIComponent(told)}`,
      program,
      ...args,
    ],
    { encoding: "utf8", timeout: 120_000 },
  );
  const mib = Number(/rss (\d+)/.exec(stderr)?.[1] ?? Infinity) / 1024;
  return { said: stdout + stderr, status, mib };
}

/** What is said of a trace whose checksums hold, by those who read it, without what does not fit in memory. */
function refusals(name: string, change: Partial<Parts>): string[] {
  const file = join(folder, `${name}.trl`);
  putTogether(file, { ...parts, ...change });
  return [
    ["check", file],
    ["replay", file, "--on-corrupt", "skip"],
  ].map((args) => {
    const { said, status, mib } = run(...args);
    // Node itself takes some 60.
    return status === 1 && mib < 300 ? said : `${status}, ${mib} MiB: ${said}`;
  });
}

const both = (why: RegExp): unknown[] => [expect.stringMatching(why), expect.stringMatching(why)];

const many = 40_000;

describe("a small trace that claims to be large", () => {
  it("is refused: events without end", () => {
    expect(refusals("events", { header: { ...header, events: 2 ** 60 } })).toEqual(
      both(/the header's "events" is wrong/),
    );
    expect(refusals("sums", { header: { ...header, events: 2 ** 52 } })).toEqual(
      both(/the counts in the header contradict each other/),
    );
  });

  it("is refused: machines that there are not", () => {
    const vcpus = Array.from({ length: many }, () => ({ vm: 1, mpidr: 1 }));
    const guestTime = vcpus.map(() => 0);
    expect(refusals("vcpus", { header: { ...header, vcpus, guestTime } })).toEqual(
      both(/the header's "vcpus" is wrong/),
    );
    const pcpus = Array.from({ length: many }, () => ({ pcpu: 1, first: 0, last: 0 }));
    expect(refusals("pcpus", { header: { ...header, pcpus } })).toEqual(
      both(/the header's "pcpus" is wrong/),
    );
  });

  it("is refused: blocks that are not in the file, or in each other", () => {
    const [[block], ...rest] = parts.index;
    const skipped = (row: readonly number[]): Partial<Parts> => ({ index: [[row], ...rest] });
    for (const row of [block.with(1, 2 ** 50), block.with(0, 68)]) {
      const file = join(folder, "outside.trl");
      putTogether(file, { ...parts, ...skipped(row) });
      for (const command of ["check", "replay"]) {
        const { said, status, mib } = run(command, file);
        expect([status, said, mib < 300]).toEqual([
          1,
          expect.stringMatching(/the index (?:is wrong|does not cover)/),
          true,
        ]);
      }
    }
  });
});

describe("a trace that grows when it is read", () => {
  /** A trace with no events and these dictionaries. */
  const withDictionaries = (file: string, change: object, ...all: readonly Uint8Array[][]): void => {
    let offset = 64;
    const rows = all.map(([head, stream]) => {
      const row = [offset, head.length + stream.length, lastWord(head)];
      offset += row[1];
      return row;
    });
    const none = { ...header, events: 0, tally: [], exits: [], ...change };
    putTogether(file, { blocks: Buffer.concat(all.flat()), header: none, index: [[], [], rows, [], []] });
  };
  const empty = { size: 0, offsets: new Uint32Array(1), steps: new Uint16Array(0), flags: new Uint8Array(0) };

  it("is refused: a dictionary of a gigabyte in a megabyte", () => {
    const stream = deflateRawSync(Buffer.alloc(2 ** 28));
    const head = new Uint32Array([0x43494454, 0, 1, 1, crc32(stream), 0]);
    const bytes = new Uint8Array(head.buffer);
    head[5] = crc32(bytes.subarray(0, 20));
    const file = join(folder, "dictionary.trl");
    withDictionaries(file, {}, [bytes, stream], encodeDictionary(1, empty));
    for (const command of ["check", "replay"]) {
      const { said, status, mib } = run(command, file);
      expect([status, said, mib < 200]).toEqual([1, expect.stringMatching(/does not unpack/), true]);
    }
  });

  it("is refused: a table of all windows by all vCPUs", () => {
    const size = 65_535;
    const offsets = Uint32Array.from({ length: size + 1 }, (_, at) => at);
    const full = { size, offsets, steps: new Uint16Array(size), flags: new Uint8Array(size) };
    const vcpus = Array.from({ length: 8192 }, () => ({ vm: 1, mpidr: 1 }));
    const more = { vcpus, guestTime: vcpus.map(() => 0), places: [] };
    const file = join(folder, "cells.trl");
    withDictionaries(file, more, encodeDictionary(0, full), encodeDictionary(1, full));
    const { said, status, mib } = run("replay", file);
    expect([status, said, mib < 200]).toEqual([
      1,
      expect.stringMatching(/has 8192 vCPUs and a dictionary/),
      true,
    ]);
    expect(run("check", file)).toMatchObject({ status: 1 });
  });
});

describe("a small recording that grows without end", () => {
  const line = "0 clk IT (0) 80000000 d53800a0 O EL1h_n : MRS      x0,MPIDR_EL1\n";

  /** 128 MiB behind some good lines, in a file of a few hundred kilobytes. */
  async function packed(name: string, start: string, filling: string): Promise<string> {
    const file = join(folder, name);
    const gzip = createGzip({ level: 6 });
    const done = once(gzip.pipe(createWriteStream(file)), "finish");
    gzip.write(start);
    const piece = Buffer.from(filling.repeat(Math.ceil(2 ** 20 / filling.length)));
    for (let mebibytes = 0; mebibytes < 128; mebibytes++) {
      if (!gzip.write(piece)) await once(gzip, "drain");
    }
    gzip.end();
    await done;
    return file;
  }

  it("is read piece by piece, in memory that does not grow with it", async () => {
    const file = await packed("endless.tarmac.gz", line.repeat(50), line);
    const { said, status, mib } = run("import", file, "-o", join(folder, "endless.trl"));
    expect([status, said]).toEqual([0, expect.stringMatching(/-> .*endless\.trl/)]);
    expect(mib).toBeLessThan(300);
  });

  it("is not kept where a line has no end", async () => {
    const file = await packed("line.tarmac.gz", line.repeat(50), "x");
    const { said, status, mib } = run("import", file, "-o", join(folder, "line.trl"));
    expect([status, said]).toEqual([1, expect.stringMatching(/line\.tarmac\.gz:51: /)]);
    expect(mib).toBeLessThan(300);
  });

  it("is refused where nothing in it is known", async () => {
    const file = await packed("zeros.tarmac.gz", "", "\0");
    const { said, status, mib } = run("import", file, "-o", join(folder, "zeros.trl"));
    expect([status, said, mib < 200]).toEqual([1, expect.stringMatching(/is no recording/), true]);
  });
});

it("a policy that is a bomb takes no memory", () => {
  const file = join(folder, "bomb.yaml");
  const lines = Array.from(
    { length: 30 },
    (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(20)}*a${n}]`,
  );
  writeFileSync(file, `a0: &a0 [x]\n${lines.join("\n")}\nname: x\n`);
  const { said, status, mib } = run("replay", path, "-p", file);
  expect([status, said, mib < 200]).toEqual([
    2,
    expect.stringMatching(/bomb\.yaml: is no policy: Alias/),
    true,
  ]);
});
