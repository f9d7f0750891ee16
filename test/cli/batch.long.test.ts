/** Replays that are killed, disturbed, starved and gone on with. */

import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { writeSynthetic } from "../../bench/synthetic.js";
import { openJournal, type Journal } from "#src/replay/journal.js";
import { findPolicy } from "#src/policies/find.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { outputOf, readText, refusal, temporaryFolder, trapline, type Finished } from "./program.js";

const folder = temporaryFolder();
const traces = join(folder, "traces");
const output = join(folder, "out.json");
const journal = join(folder, "kept.journal");
const args = ["replay", traces, "--json", "--shard-windows", "3000", "-p", "eager,dirty-pie,adaptive"];
let expected: string;

const synthetic = (name: string, seed: number): void => {
  const path = join(traces, name);
  writeSynthetic(path, {
    seed,
    events: 30_000,
    vcpus: 2,
    length: 8,
    writes: 2,
    distinct: seed % 2 === 0 ? 0 : 50,
  });
};

beforeAll(() => {
  mkdirSync(traces);
  for (const [at, name] of ["a.trl", "b.trl", "c.trl"].entries()) synthetic(name, at);
  expected = outputOf(args);
}, 60_000);

const records = (): string[] => readText(journal).trimEnd().split("\n");
/** A journal that was cut off in the middle of its fourth shard. */
function cutJournal(): void {
  rmSync(journal, { force: true });
  outputOf([...args, "--journal", journal]);
  const length = records().slice(0, 4).join("\n").length + 1;
  truncateSync(journal, length + 40);
}
const resume = (...more: readonly string[]): Finished =>
  trapline([...args, "--journal", journal, "--resume", ...more]);

describe("--journal and --resume", () => {
  it("keeps a record a shard, and an end; gone beside an output that is whole", () => {
    rmSync(journal, { force: true });
    expect(outputOf([...args, "--journal", journal])).toBe(expected);
    const lines = records();
    expect(lines[0]).toContain('"schema":"trapline.journal/1"');
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.at(-1)).toContain('"ended":true');
    for (const line of lines) expect(line).toMatch(/^\{"crc":"[\da-f]{8}","body":\{.*\}\}$/);
    for (const line of lines.slice(1, -1))
      expect(line).toMatch(/"identity":"\d+-[\da-f]{8}","config":"[\da-f]{16}"/);
    outputOf([...args, "-o", output]);
    expect(readText(output)).toBe(expected);
    expect(existsSync(`${output}.journal`)).toBe(false);
  });

  it("goes on behind a record that was cut off, and does not do again what is there", () => {
    cutJournal();
    expect(resume()).toEqual({ status: 0, stdout: expected, stderr: "" });
    const [, ...shards] = records().map((line) => /"shard":"([^"]+)"/.exec(line)?.[1]);
    expect(new Set(shards).size).toBe(shards.length);
    // And from a journal that holds everything.
    expect(resume()).toEqual({ status: 0, stdout: expected, stderr: "" });
  });

  it("takes counts from the journal, not from the trace", async () => {
    const path = join(traces, "a.trl");
    const plan = makePlan([path], { policies: [findPolicy("dirty-each")], choice: {}, shardWindows: 1000 });
    const file = join(folder, "own.journal");
    const open = (): Journal =>
      openJournal({ file, plan, names: [path], inputOf: [0], resume: true, settings: {} });
    const counts = async (with_: Journal): Promise<{ readonly found: number; readonly text: string }> => {
      let text = "";
      for await (const each of replayPlan(plan, { threads: 0, taskWindows: 1, journal: with_ }))
        text = JSON.stringify(each);
      return { found: with_.found, text };
    };
    const first = await counts(open());
    const second = await counts(open());
    expect(first.found).toBe(0);
    expect(second.found).toBeGreaterThanOrEqual(plan.shards);
    expect(second.text).toBe(first.text);
  });

  it("refuses an unfinished journal without --resume, and goes over one that ended", () => {
    cutJournal();
    const before = readText(journal);
    expect(trapline([...args, "--journal", journal])).toEqual(
      refusal(1, /kept\.journal: is the journal of a replay that did not end.*--resume/),
    );
    expect(readText(journal)).toBe(before);
    resume();
    expect(outputOf([...args, "--journal", journal])).toBe(expected);
  });

  it("starts anew where nothing is kept, or the first line was cut off", () => {
    for (const length of [undefined, 0, 5, 60]) {
      cutJournal();
      if (length === undefined) rmSync(journal);
      else truncateSync(journal, length);
      expect(resume()).toEqual({ status: 0, stdout: expected, stderr: "" });
    }
  });

  it("drops a record whose checksum does not hold, and what is behind it", () => {
    cutJournal();
    const bytes = readFileSync(journal);
    const second = bytes.indexOf(10, bytes.indexOf(10) + 1);
    bytes[second - 20] ^= 1;
    writeFileSync(journal, bytes);
    expect(resume()).toEqual({ status: 0, stdout: expected, stderr: "" });
  });

  it("refuses other work by its name", () => {
    cutJournal();
    const cases = [
      [["-p", "dirty-each"], /--policy .*adaptive.*dirty-each/],
      [["--mode", "vhe", "--kernel", "6.18"], /--mode as recorded.*vhe/],
      [["--seed", "3"], /--seed 1.*3/],
      [["--on-error", "skip"], /--on-error fail.*skip/],
    ] as const;
    for (const [more, message] of cases) expect(resume(...more)).toEqual(refusal(1, message));
    const other = trapline([
      "replay",
      join(traces, "a.trl"),
      "--json",
      "--shard-windows",
      "3000",
      "-p",
      "eager,dirty-pie,adaptive",
      "--journal",
      journal,
      "--resume",
    ]);
    expect(other).toEqual(refusal(1, /has .*b\.trl, which this replay has not/));
    const text = readText(journal);
    const line = text.slice(0, text.indexOf("\n"));
    // A version's journal has its own checksum.
    expect(line).toContain('"tool":"trapline ');
  });

  it("refuses an input that is not what it was", () => {
    cutJournal();
    const path = join(traces, "b.trl");
    copyFileSync(path, join(folder, "b.trl"));
    synthetic("b.trl", 9);
    try {
      expect(resume()).toEqual(
        refusal(1, /b\.trl: has changed since the journal .* was begun: it was \d+ bytes with checksum/),
      );
    } finally {
      copyFileSync(join(folder, "b.trl"), path);
    }
    expect(resume()).toEqual({ status: 0, stdout: expected, stderr: "" });
  });

  it("refuses a file that is no journal, and one that is read", () => {
    writeFileSync(join(folder, "notes"), "mine\n");
    for (const more of [[], ["--resume"]]) {
      expect(trapline([...args, "--journal", join(folder, "notes"), ...more])).toEqual(
        refusal(1, /notes: is no journal/),
      );
    }
    expect(readText(join(folder, "notes"))).toBe("mine\n");
    expect(trapline([...args, "--journal", join(traces, "a.trl")])).toEqual(
      refusal(1, /would take the place of what is read/),
    );
    expect(trapline([...args, "--resume"])).toEqual(refusal(2, /--resume needs the journal/));
    expect(trapline([...args, "-o", output, "--journal", output])).toEqual(refusal(2, /the same file/));
    expect(trapline([...args, "--interval", "5%", "--resume", "-o", output])).toEqual(
      refusal(2, /--interval and --resume/),
    );
  });

  it("works for a slice of a plan", () => {
    const slice = ["--shard", "1/2", "--journal", journal];
    rmSync(journal, { force: true });
    const part = outputOf([...args, ...slice]);
    const lines = records();
    expect(lines.length).toBeGreaterThan(4);
    truncateSync(journal, lines.slice(0, 3).join("\n").length + 1);
    expect(outputOf([...args, ...slice, "--resume"])).toBe(part);
    expect(trapline([...args, "--shard", "2/2", "--journal", journal, "--resume"])).toEqual(
      refusal(1, /--shard 1\/2/),
    );
  });
});

describe("--keep-going", () => {
  it("finishes the other traces, and says what the result lacks", () => {
    const bad = join(traces, "b.trl");
    copyFileSync(bad, join(folder, "b.trl"));
    const bytes = readFileSync(bad);
    truncateSync(bad, bytes.length - 1);
    try {
      expect(trapline(args)).toEqual(refusal(1, /b\.trl: the trace should have/));
      const { status, stdout, stderr } = trapline([...args, "--keep-going"]);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^trapline: the result is incomplete: .*b\.trl: the trace should have[^\n]*\n$/);
      const result: { complete: boolean; missing: object[]; traces: object[]; policies: object[] } =
        JSON.parse(stdout);
      expect(result).toMatchObject({ complete: false, missing: [{ trace: bad }] });
      expect(result.traces).toHaveLength(2);
      const others = trapline([
        "replay",
        join(traces, "a.trl"),
        join(traces, "c.trl"),
        "--json",
        ...args.slice(-2),
      ]).stdout;
      expect(JSON.parse(others)).toMatchObject({ complete: true, policies: result.policies });
      const text = trapline(["replay", traces, "--keep-going"]).stdout;
      expect(text).toMatch(/^Note: incomplete, without .*b\.trl/);
      const csv = trapline(["replay", traces, "--keep-going", "--format", "csv"]).stdout;
      expect(csv).toMatch(/^[^\n]*,complete,modelled\n[^\n]*,false,/);
    } finally {
      copyFileSync(join(folder, "b.trl"), bad);
    }
  });

  it("says so where nothing is left", () => {
    writeFileSync(join(folder, "none.trl"), "none");
    const { status, stdout } = trapline(["replay", join(folder, "none.trl"), "--keep-going", "--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ complete: false, missing: [{}], traces: [], policies: [] });
  });
});

describe("--memory", () => {
  it("bounds what the process takes, on a trace that is large and has no window twice", () => {
    const large = join(folder, "large.trl");
    writeSynthetic(large, { seed: 1, events: 1_500_000, vcpus: 8, length: 6, writes: 2, distinct: 0 });
    const watch = join(folder, "watch.mjs");
    writeFileSync(
      watch,
      'process.on("exit", () => process.stderr.write(`${Math.ceil(process.resourceUsage().maxRSS / 1024)}\\n`));',
    );
    const env = { NODE_OPTIONS: `--import ${watch}` };
    const run = (...more: readonly string[]): Finished =>
      trapline(
        ["replay", large, "--json", "--shard-timeout", "60", "--shard-windows", "20000", "-j", "4", ...more],
        { env },
      );
    const free = run();
    const least = /Allow it with --memory (\d+)M/.exec(run("--memory", "60M").stderr)?.[1];
    expect(least).toBeDefined();
    for (const most of [Number(least), 2 * Number(least)]) {
      const { status, stdout, stderr } = run("--memory", `${most}M`);
      expect({ status, stdout: stdout === free.stdout }).toEqual({ status: 0, stdout: true });
      expect(Number(stderr)).toBeGreaterThan(40);
      expect(Number(stderr)).toBeLessThanOrEqual(most);
    }
  });

  it("takes sizes", () => {
    for (const size of ["12", "0M", "-1G", "lots"]) {
      expect(trapline([...args, "--memory", size])).toEqual(refusal(2, /--memory takes a size/));
    }
    for (const time of ["0", "-1", "1e9"]) {
      expect(trapline([...args, `--shard-timeout=${time}`])).toEqual(
        refusal(2, /--shard-timeout takes seconds/),
      );
    }
    appendFileSync(join(folder, "notes"), "");
    expect(outputOf([...args, "--memory", "1.5GiB"])).toBe(expected);
  });
});
