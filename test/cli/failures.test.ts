/** Whatever is given as a file: one clear line, the right status, nothing on standard output. */

import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  refusal,
  firstLines,
  outputOf,
  recording,
  runTrapline,
  smallCut,
  temporaryFolder,
} from "./program.js";
import { takeApart } from "../trace/support.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  writeFileSync(at("small.tarmac"), await firstLines("kvm-vhe.tarmac.zst", smallCut));
  outputOf(["import", at("small.tarmac"), "-o", at("small.trl")]);
  const trace = readFileSync(at("small.trl"));
  writeFileSync(at("head.trl"), trace.subarray(0, 20));
  writeFileSync(at("half.trl"), trace.subarray(0, trace.length >> 1));
  writeFileSync(at("end.trl"), trace.subarray(0, -1));
  const flipped = (offset: number): Uint8Array => trace.map((byte, place) => byte ^ Number(place === offset));
  writeFileSync(at("damaged.trl"), flipped(200));
  const [, blocks, [[dictionary]]] = takeApart(at("small.trl")).index;
  const [block, length] = blocks.find(([, , segmentation]) => segmentation === 1)!;
  writeFileSync(at("damaged-windows.trl"), flipped(block + length - 1));
  writeFileSync(at("damaged-dictionary.trl"), flipped(dictionary + 30));
  writeFileSync(at("half.tarmac.zst"), readFileSync(recording("kvm-vhe.tarmac.zst")).subarray(0, 100_000));
  writeFileSync(
    at("half.tarmac.gz"),
    readFileSync(recording("bare/bare-boot.tarmac.gz")).subarray(0, 10_000),
  );
  writeFileSync(at("empty.tarmac"), "");
  writeFileSync(at("empty.trl"), "");
  writeFileSync(at("prose.txt"), "It was a dark and stormy night.\n");
  writeFileSync(at("noise.bin"), randomBytes(100_000));
  mkdirSync(at("bare"));
  symlinkSync(at("circle"), at("circle"));
});

const readers = ["import", "inspect", "replay", "validate", "plan"] as const;

describe.concurrent("a file that cannot be used", () => {
  const cases: readonly (readonly [file: string, message: RegExp])[] = [
    ["missing.trl", /missing\.trl: there is no such file/],
    ["small.tarmac/below", /no such file|not a directory/],
    ["empty.tarmac", /empty\.tarmac: is (?:empty|no trace)/],
    ["empty.trl", /empty\.trl: is (?:empty|no trace)/],
    ["prose.txt", /prose\.txt: is no (?:recording|trace)/],
    ["noise.bin", /noise\.bin: is no (?:recording|trace)/],
    ["half.tarmac.zst", /half\.tarmac\.zst: (?:the zstd data is damaged or cut off|is no trace)/],
    ["half.tarmac.gz", /half\.tarmac\.gz: (?:the gzip data is damaged or cut off|is no trace)/],
    ["circle", /circle/],
  ];
  for (const [file, message] of cases) {
    it(`replay ${file}`, async () => {
      expect(await runTrapline(["replay", at(file)])).toEqual(refusal(1, message));
    });
  }

  for (const command of readers) {
    it(`${command} of what is not there`, async () => {
      const [[file, message]] = cases;
      expect(await runTrapline([command, at(file)])).toEqual(refusal(1, message));
    });
  }

  it("a trace that was cut off", async () => {
    const cut = refusal(1, /the trace (?:is cut off|should have \d+ bytes)/);
    for (const file of ["head.trl", "half.trl", "end.trl"]) {
      expect(await runTrapline(["replay", at(file)])).toEqual(cut);
    }
    expect(await runTrapline(["inspect", at("half.trl")])).toEqual(cut);
  });

  it("a trace with a bit that fell over", async () => {
    // Each by who reads what is damaged: a replay looks at windows, not at events.
    expect(await runTrapline(["verdict", at("damaged.trl")])).toEqual(
      refusal(1, /damaged\.trl: .*checksum.*block 0/),
    );
    for (const what of ["windows", "dictionary"]) {
      expect(await runTrapline(["replay", at(`damaged-${what}.trl`)])).toEqual(
        refusal(1, /damaged-[a-z]+\.trl: the checksum of .* windows does not hold \(byte \d+\)/),
      );
    }
    // Where it is a command without --on-corrupt that says so, too, the way out is one that there is.
    expect(await runTrapline(["report", at("damaged.trl"), "-o", at("page.html")])).toEqual(
      refusal(1, /`trapline check` says more, and `trapline replay --on-corrupt skip` reads the rest/),
    );
  });

  for (const command of readers) {
    it(`${command} of a folder without any`, async () => {
      expect(await runTrapline([command, at("bare")])).toEqual(
        refusal(1, /holds no (?:trace|recording)|this is a directory/),
      );
    });

    // The superuser may read everything.
    it.skipIf(process.getuid?.() === 0)(`${command} without permission`, async () => {
      writeFileSync(at("secret"), "secret\n");
      chmodSync(at("secret"), 0);
      expect(await runTrapline([command, at("secret")])).toEqual(refusal(1, /secret: no permission/));
    });
  }

  it.skipIf(process.platform === "win32")("a device", async () => {
    expect(await runTrapline(["replay", "/dev/null"])).toEqual(refusal(1, /\/dev\/null: this is a device/));
  });

  it("a pattern without a match, and a folder that is meant to hold recordings", async () => {
    expect(await runTrapline(["replay", at("*.none")])).toEqual(refusal(1, /\*\.none: matches no file/));
  });

  it("one of several, by its name", async () => {
    expect(await runTrapline(["replay", at("small.tarmac"), at("prose.txt")])).toEqual(
      refusal(1, /prose\.txt: is no recording/),
    );
    expect(await runTrapline(["inspect", at("small.trl"), at("end.trl")])).toEqual(
      refusal(1, /end\.trl: the trace/),
    );
  });

  it("with a name that would break the line", async () => {
    const { stderr } = await runTrapline(["replay", at("two\nlines\u001b[31m")]);
    expect(stderr).toMatch(/^trapline: [^\n]*two lines\?\[31m: there is no such file[^\n]*\n$/);
  });
});

describe.concurrent("what a command cannot do with a file", () => {
  it("import a trace", async () => {
    expect(await runTrapline(["import", at("small.trl")])).toEqual(
      refusal(1, /small\.trl: is a trace already/),
    );
  });

  it("plan with a recording", async () => {
    expect(await runTrapline(["plan", at("small.tarmac")])).toEqual(
      refusal(1, /is no trace\. .*trapline import/),
    );
  });

  it("shard a recording", async () => {
    expect(await runTrapline(["replay", at("small.tarmac"), "--shard", "1/2"])).toEqual(
      refusal(2, /--shard works on traces/),
    );
  });

  it("a policy twice", async () => {
    expect(await runTrapline(["replay", at("small.trl"), "-p", "eager,eager"])).toEqual(
      refusal(2, /polic.*"eager"/),
    );
  });

  it("replay a guest that never exits", async () => {
    const { status, stderr } = await runTrapline(["replay", recording("bare/bare-boot.tarmac.gz")]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^trapline: [^\n]*bare-boot\.tarmac\.gz: the trace holds no hypervisor/);
  });

  it("an unknown kernel, or a feature that there is not", async () => {
    expect(await runTrapline(["replay", at("small.trl"), "--kernel", "5.4"])).toEqual(
      refusal(2, /"5\.4".*6\.12/),
    );
    const features = ["--kernel", "6.12", "--features", "FOO"];
    expect(await runTrapline(["replay", at("small.trl"), ...features])).toEqual(refusal(2, /"FOO"/));
  });

  it("a policy file that is none", async () => {
    writeFileSync(at("policy.yaml"), "name: x\ngroups: 3\n");
    expect(await runTrapline(["replay", at("small.trl"), "-p", at("policy.yaml")])).toEqual(
      refusal(2, /policy\.yaml: groups/),
    );
    const { status, stderr } = await runTrapline(["replay", at("small.trl"), "-p", at("none.yaml")]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^trapline: [^\n]*none\.yaml: [^\n]*no such file[^\n]*\n$/);
  });

  it("plans and parts that are none", async () => {
    const cases = [
      ["replay", "--plan", "small.trl", /small\.trl: is not JSON/],
      ["replay", "--plan", "list.json", /list\.json: is no plan/],
      ["merge", "--", "small.trl", /small\.trl: is not JSON/],
      ["merge", "--", "list.json", /list\.json: is no part/],
      ["merge", "--", "bare", /bare: this is a directory/],
    ] as const;
    writeFileSync(at("list.json"), "[1]");
    for (const [command, option, file, message] of cases) {
      expect(await runTrapline([command, option, at(file)])).toEqual(refusal(1, message));
    }
  });
});
