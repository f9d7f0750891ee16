import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { checkTrace } from "#src/check/check-trace.js";
import { TraplineError } from "#src/errors.js";
import { openInput } from "#src/import/input/open.js";
import { parsePolicy } from "#src/policies/file.js";
import { findPolicy } from "#src/policies/find.js";
import { readManifest } from "#src/replay/manifest.js";
import { mergeParts, runPart } from "#src/replay/part.js";
import { readPlan } from "#src/replay/plan-file.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { makeResult } from "#src/replay/result.js";
import { parseResult } from "#src/replay/result-file.js";
import { salvageTrace } from "#src/salvage/salvage.js";
import { surveyTrace } from "#src/salvage/survey.js";
import { decodePrelude } from "#src/trace/prelude.js";
import { openTrace } from "#src/trace/reader.js";
import { chance } from "../chance.js";
import { recording, temporaryFolder } from "../cli/program.js";
import { steadyRuns } from "../trace/samples.js";
import { fields, readAll, takeApart, writeTrace } from "../trace/support.js";

// Whatever is given as a trace, a policy, a manifest, a plan, a part, a result or a compressed file is read or refused:
// no reader fails in another way, none goes on for long, and what has a checksum is never read as something else.

const long = process.env["TRAPLINE_LONG"] !== undefined;
const each = long ? 800 : 60;
const seed = 20_261_122;
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

const recorded = [0xc080, 0xc100, 0xc513, 0xc101];
const lists = { guestSave: recorded, guestRestore: recorded, hostSave: [], hostRestore: [] };
writeTrace(at("whole.trl"), steadyRuns(72), { blockEvents: 30 }, { ...fields, mode: "vhe", recorded: lists });
const trace = readFileSync(at("whole.trl"));
const policies = ["eager", "dirty-each"].map((name) => findPolicy(name));

/** A change of a file: bits and bytes, pieces cut out, doubled, moved, filled, and words that mean much. */
function mutate(bytes: Uint8Array, next: () => number): Buffer {
  let copy = Buffer.from(bytes);
  const place = (): number => Math.floor(next() * Math.max(1, copy.length));
  for (let left = 1 + Math.floor(3 * next()); left > 0; left--) {
    const [from, length] = [place(), 1 + Math.floor(next() * 40)];
    switch (Math.floor(7 * next())) {
      case 0:
        copy[from] ^= 1 << Math.floor(8 * next());
        break;
      case 1:
        copy[from] = Math.floor(256 * next());
        break;
      case 2:
        copy = Buffer.concat([copy.subarray(0, from), copy.subarray(from + length)]);
        break;
      case 3:
        copy = Buffer.concat([
          copy.subarray(0, from),
          copy.subarray(from, from + length),
          copy.subarray(from),
        ]);
        break;
      case 4:
        copy.fill([0, 0xff, 0x7f, 0x20][Math.floor(4 * next())], from, Math.min(copy.length, from + length));
        break;
      case 5: {
        const words = [
          "__proto__",
          "1e999",
          "[[[[",
          '"',
          "-1",
          "&a *a",
          "null",
          "9007199254740993",
          "\n- ",
          "{}",
        ];
        const word = Buffer.from(words[Math.floor(words.length * next())]);
        copy = Buffer.concat([copy.subarray(0, from), word, copy.subarray(from)]);
        break;
      }
      default:
        copy = copy.subarray(0, from);
    }
  }
  return copy;
}

/** Whether it was read; fails for anything but an answer or a refusal that a user can act on. */
async function isRead(number: number, read: () => unknown): Promise<boolean> {
  try {
    await read();
    return true;
  } catch (error) {
    if (!(error instanceof TraplineError)) throw new Error(`input ${number}`, { cause: error });
    if (error.message.includes("\n"))
      throw new Error(`input ${number} is told of in two lines`, { cause: error });
    return false;
  }
}

/** Mutates a file so many times, and counts how many of these are read. */
async function tryAll(bytes: Uint8Array, salt: number, read: (mutant: Buffer) => unknown): Promise<number> {
  const next = chance(seed + salt);
  let count = 0;
  for (let number = 0; number < each; number++) {
    const mutant = mutate(bytes, next);
    if (await isRead(number, () => read(mutant))) count++;
  }
  if (long) process.stdout.write(`${each} inputs, ${count} read, ${each - count} refused\n`);
  return count;
}

async function replay(path: string): Promise<string> {
  const plan = makePlan([path], { policies, choice: {} });
  for await (const { policies: rows } of replayPlan(plan, { threads: 0 })) return JSON.stringify(rows);
  throw new Error("there is no trace");
}

/** With the checksums of header, index and prelude made to hold again, so that what they protect is read. */
function seal(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length < 64) return copy;
  const { headerOffset, headerLength, indexOffset, indexLength } = decodePrelude(
    trace,
    trace.length,
    "whole",
  );
  // What is longer or shorter changes the end of the blocks.
  const by = copy.length - trace.length;
  const [from, index] = [Math.max(64, headerOffset + by), Math.max(64, indexOffset + by)];
  trace.copy(copy, 0, 0, 64);
  copy.writeBigUInt64LE(BigInt(from), 16);
  copy.writeBigUInt64LE(BigInt(index), 24);
  copy.writeUInt32LE(crc32(copy.subarray(from, from + headerLength)), 36);
  copy.writeUInt32LE(crc32(copy.subarray(index, index + indexLength)), 40);
  copy.writeBigUInt64LE(BigInt(copy.length), 44);
  copy.writeUInt32LE(crc32(copy.subarray(0, 60)), 60);
  return copy;
}

describe("mutated inputs are read or refused", () => {
  it("traces, which are refused or count the same", async () => {
    const counts = await replay(at("whole.trl"));
    const read = await tryAll(trace, 1, async (mutant) => {
      if (mutant.equals(trace)) return;
      writeFileSync(at("m.trl"), mutant);
      await isRead(0, () => {
        if (checkTrace(at("m.trl")).whole) throw new Error("a check finds nothing in it");
      });
      expect(await replay(at("m.trl"))).toBe(counts);
    });
    expect(read).toBeLessThan(each);
  }, 1_200_000);

  it("traces whose checksums hold again", async () => {
    const read = await tryAll(trace, 2, async (mutant) => {
      writeFileSync(at("s.trl"), seal(mutant));
      await isRead(0, () => checkTrace(at("s.trl")));
      await isRead(0, () => readAll(at("s.trl")));
      await replay(at("s.trl"));
    });
    expect(read).toBeLessThan(each);
  }, 1_200_000);

  it("headers and indices of traces, changed and sealed", async () => {
    const { headerOffset } = decodePrelude(trace, trace.length, "whole");
    const read = await tryAll(trace.subarray(headerOffset), 3, async (mutant) => {
      const whole = Buffer.concat([trace.subarray(0, headerOffset), mutant]);
      writeFileSync(at("h.trl"), seal(whole));
      await isRead(0, () => checkTrace(at("h.trl")));
      await replay(at("h.trl"));
    });
    expect(read).toBeLessThan(each);
  }, 1_200_000);

  it("traces that are made of damaged ones, in which nothing is wrong then", async () => {
    const read = await tryAll(trace, 4, (mutant) => {
      writeFileSync(at("d.trl"), mutant);
      const survey = surveyTrace(at("d.trl"));
      try {
        salvageTrace(survey, at("made.trl"), mutant.length % 2 === 0 ? "skip" : "stop");
      } finally {
        survey.close();
      }
      const { findings } = checkTrace(at("made.trl"));
      expect(findings.filter(({ kind }) => kind !== "invariant")).toEqual([]);
    });
    expect(read).toBeGreaterThan(0);
  }, 1_200_000);

  it("policies", async () => {
    const yaml = readFileSync(recording("chatty-vhe.policy.yaml"));
    const read = await tryAll(yaml, 5, (mutant) => parsePolicy(mutant.toString("utf8"), "p.yaml"));
    expect(read).toBeLessThan(each);
    const json = Buffer.from(
      JSON.stringify({ name: "x", groups: [{ registers: ["PIR_EL1", "PIRE0_EL1"], trap: "first-write" }] }),
    );
    await tryAll(json, 6, (mutant) => parsePolicy(mutant.toString("utf8"), "p.json"));
  });

  it("manifests, which name no file outside", async () => {
    mkdirSync(at("lab"));
    const texts = [
      '{"traces": [{"path": "a.trl"}, "sub/../b.trl"]}',
      "# all\ntraces:\n  - a.trl\n  - sub/b.trl\n",
    ];
    for (const [salt, text] of texts.entries()) {
      await tryAll(Buffer.from(text), 7 + salt, (mutant) => {
        writeFileSync(at("lab/list"), mutant);
        for (const file of readManifest(at("lab/list"))) {
          expect(join(file).startsWith(at("lab"))).toBe(true);
        }
      });
    }
  });

  it("plans and parts", async () => {
    const plan = makePlan([at("whole.trl")], { policies, choice: {} });
    await tryAll(Buffer.from(JSON.stringify(plan)), 9, async (mutant) => {
      writeFileSync(at("plan.json"), mutant);
      const read = readPlan(at("plan.json"));
      for await (const counts of replayPlan(read, { threads: 0 })) expect(counts.path).toBeTypeOf("string");
    });
    const part = await runPart(plan, 1, 1, { threads: 0 });
    writeFileSync(at("part.json"), part);
    const whole = JSON.stringify(mergeParts([at("part.json")]).counts.map(({ policies: rows }) => rows));
    await tryAll(Buffer.from(part), 10, (mutant) => {
      writeFileSync(at("part.json"), mutant);
      const { counts } = mergeParts([at("part.json")]);
      // It has a checksum: white space may be another.
      expect(JSON.stringify(counts.map(({ policies: rows }) => rows))).toBe(whole);
    });
  }, 1_200_000);

  it("results", async () => {
    const plan = makePlan([at("whole.trl")], { policies, choice: {} });
    const counts = [];
    for await (const one of replayPlan(plan, { threads: 0 })) counts.push(one);
    const text = JSON.stringify(makeResult(counts, "test", true));
    const read = await tryAll(Buffer.from(text), 11, (mutant) =>
      parseResult(mutant.toString("utf8"), "r.json"),
    );
    expect(read).toBeLessThan(each);
  });

  it("gzip and zstd, which give the bytes that were packed, or the first of them and a refusal", async () => {
    const text = Buffer.from(
      Array.from({ length: 4000 }, (_, line) => `${line} some line of a recording\n`).join(""),
    );
    expect(gunzipSync(gzipSync(text)).equals(text)).toBe(true);
    const unpack = async (name: string, mutant: Buffer): Promise<Buffer> => {
      writeFileSync(at(name), mutant);
      const pieces: Uint8Array[] = [];
      for await (const chunk of (await openInput(at(name))).chunks) pieces.push(Uint8Array.from(chunk));
      return Buffer.concat(pieces);
    };
    const packed = gzipSync(text);
    await tryAll(packed, 12, async (mutant) => {
      // Without its magic it is no gzip, and read as it is.
      if (mutant.length < 3 || !mutant.subarray(0, 3).equals(packed.subarray(0, 3))) return;
      expect((await unpack("m.gz", mutant)).equals(text)).toBe(true);
    });
    const zstd = readFileSync(recording("kvm-vhe.tarmac.zst")).subarray(0, 40_000);
    await tryAll(zstd, 13, (mutant) => unpack("m.zst", mutant));
  }, 1_200_000);
});

it("the trace that is mutated is one that is read", () => {
  const open = openTrace(at("whole.trl"));
  open.close();
  expect(open.blocks.length).toBeGreaterThan(2);
  expect(takeApart(at("whole.trl")).index).toHaveLength(5);
});
