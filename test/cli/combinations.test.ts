/** Options that would change nothing, or that nothing can answer: refused before any work is done. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { advise } from "#src/cli/actions/advise.js";
import { costs } from "#src/cli/actions/costs.js";
import { exportTrace } from "#src/cli/actions/export.js";
import { importRecordings } from "#src/cli/actions/import.js";
import { inspect } from "#src/cli/actions/inspect.js";
import { plan } from "#src/cli/actions/plan.js";
import { report } from "#src/cli/actions/report.js";
import { replay } from "#src/cli/actions/replay.js";
import { sweep } from "#src/cli/actions/sweep.js";
import { validate } from "#src/cli/actions/validate.js";
import { verdict } from "#src/cli/actions/verdict.js";
import { verifyCommand } from "#src/cli/actions/verify.js";
import { worstCaseCommand } from "#src/cli/actions/worst-case.js";
import { onceNamed } from "#src/cli/arguments.js";
import { choiceOf, choicesOf } from "#src/cli/args.js";
import { createSession } from "#src/cli/session.js";
import { refusal, runTrapline, temporaryFolder } from "./program.js";

const session = createSession(new AbortController().signal);
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
// Nothing here comes so far as to read it.
const recording = at("guest.tarmac");
writeFileSync(recording, "none\n");

const config = { mode: undefined, kernel: "recorded", features: undefined } as const;
const exits = { exits: undefined, uses: undefined, seed: 1 } as const;
const shown = { output: undefined, json: false, format: "text" } as const;
const work = { threads: 1, progress: false, onError: "fail", manifest: undefined } as const;
const every = { ...config, ...exits, ...shown, ...work, trace: [recording], policy: undefined } as const;

const replayArgs = {
  ...every,
  by: undefined,
  registers: "changed",
  cost: undefined,
  shardWindows: undefined,
  journal: undefined,
  resume: false,
  keepGoing: false,
  shardTimeout: undefined,
  memory: undefined,
  engine: "local",
  redis: undefined,
  run: undefined,
  expire: undefined,
  shard: undefined,
  plan: undefined,
  interval: undefined,
  verify: false,
  whatIf: undefined,
} as const;

const lists = { mode: undefined, kernel: ["recorded"], cost: ["neoverse-n1"], nesting: ["none"] } as const;
const drawn = { samples: 100, resamples: 0 } as const;
const verdictArgs = { ...every, ...lists, ...drawn, table: false } as const;
const sweepArgs = { ...every, ...lists, set: [], rule: [], random: undefined } as const;
const adviseArgs = {
  ...every,
  ...drawn,
  cost: ["neoverse-n1"],
  nesting: ["none"],
  sure: 0.5,
  merge: "feature",
  policyOut: undefined,
} as const;
const planArgs = {
  ...every,
  cost: undefined,
  shardWindows: undefined,
  estimate: false,
  disk: undefined,
  network: undefined,
} as const;
const reportArgs = { ...adviseArgs, diff: false, recorded: "eager", output: at("page.html") } as const;
const validateArgs = { ...every, trace: recording, policy: "eager", all: false } as const;
const worstArgs = {
  ...shown,
  policy: "dirty-pie",
  rate: 1,
  against: "eager",
  cost: "neoverse-n1",
  nesting: "none",
  mode: "vhe",
  kernel: "6.12",
  features: "TCR2,S1PIE",
} as const;
const verifyArgs = {
  ...shown,
  policy: ["dirty-pie"],
  whatIf: undefined,
  mode: ["vhe"],
  kernel: ["6.12"],
  nesting: ["none"],
  features: undefined,
  progress: false,
} as const;

const usage = (message: string): unknown =>
  expect.objectContaining({ code: "usage", message: expect.stringContaining(message) });

describe("replay refuses what would change nothing", () => {
  const interval = { interval: "5%" } as const;
  const verify = { verify: true } as const;
  const shard = { shard: "1/2" } as const;
  const cases: readonly (readonly [message: string, args: Partial<Parameters<typeof replay>[1]>])[] = [
    ["--cost goes with an oracle", { cost: "neoverse-n1" }],
    ["--cost goes with an oracle", { cost: "nosuch", policy: ["eager", "dirty-pie"] }],
    ["--expire goes with --engine bullmq", { expire: 5 }],
    ["--interval and --registers all do not", { ...interval, registers: "all" }],
    ["--interval and --shard-windows do not", { ...interval, shardWindows: 5 }],
    ["--interval and --memory do not", { ...interval, memory: "1M" }],
    ["--interval and --shard-timeout do not", { ...interval, shardTimeout: 1 }],
    ["--verify and --resume do not", { ...verify, resume: true }],
    ["--verify and --keep-going do not", { ...verify, keepGoing: true }],
    ["--verify and --journal do not", { ...verify, journal: at("journal") }],
    ["--verify and --memory do not", { ...verify, memory: "1M" }],
    ["--verify and --cost do not", { ...verify, cost: "neoverse-n1" }],
    ["--verify and --registers all do not", { ...verify, registers: "all" }],
    ["--verify and --shard-windows do not", { ...verify, shardWindows: 5 }],
    ["--verify and --engine bullmq do not", { ...verify, engine: "bullmq" }],
    ["--expire goes with --engine bullmq", { ...verify, expire: 5 }],
    ["--shard and --format csv do not", { ...shard, format: "csv" }],
    ["--shard and --by do not", { ...shard, by: "vcpu" }],
    ["--shard and --registers all do not", { ...shard, registers: "all" }],
  ];
  it.each(cases)("%s", async (message, args) => {
    await expect(replay(session, { ...replayArgs, ...args })).rejects.toEqual(usage(message));
  });

  it("and so does plan", async () => {
    const made = plan(session, { ...planArgs, cost: "neoverse-n1" });
    await expect(made).rejects.toEqual(usage("--cost goes with an oracle"));
  });

  it("but takes an oracle's prices, and a part as JSON", async () => {
    for (const args of [
      { cost: "neoverse-n1", policy: ["oracle"], shard: "1/2" },
      { ...shard, json: true },
    ]) {
      // Recordings have no slices: all before that was taken.
      await expect(replay(session, { ...replayArgs, ...args })).rejects.toEqual(
        usage("--shard works on traces"),
      );
    }
  });
});

describe("--features", () => {
  it("goes with a kernel's lists, not with the recording's own", () => {
    const alone = { ...config, features: "TCR2" };
    expect(() => choiceOf(alone)).toThrow("--features goes with --kernel");
    expect(choiceOf({ ...alone, kernel: "6.12" })).toEqual({ kernel: "6.12", features: ["TCR2"] });
    const both = { mode: undefined, kernel: ["recorded,6.12"], features: "TCR2" };
    expect(() => choicesOf({ ...both, kernel: ["recorded"] })).toThrow("--features goes with --kernel");
    expect(choicesOf(both)).toEqual([{ kernel: "recorded" }, { kernel: "6.12", features: ["TCR2"] }]);
  });

  it("is refused before any trace is looked at", async () => {
    const features = "TCR2";
    const gone = ["/no/such/file"];
    const refused = usage("--features goes with --kernel");
    for (const run of [
      replay(session, { ...replayArgs, trace: gone, features }),
      replay(session, { ...replayArgs, trace: gone, features, verify: true }),
      plan(session, { ...planArgs, trace: gone, features }),
      verdict(session, { ...verdictArgs, trace: gone, features }),
      sweep(session, { ...sweepArgs, trace: gone, features }),
      advise(session, { ...adviseArgs, trace: gone, features }),
      report(session, { ...reportArgs, trace: gone, features }),
    ]) {
      await expect(run).rejects.toEqual(refused);
    }
  });
});

describe("policies", () => {
  it("are named once", async () => {
    const policy = ["dirty-pie", "dirty-pie"];
    const refused = usage('there are two policies "dirty-pie"');
    await expect(verdict(session, { ...verdictArgs, policy })).rejects.toEqual(refused);
    await expect(sweep(session, { ...sweepArgs, policy })).rejects.toEqual(refused);
    await expect(report(session, { ...reportArgs, policy })).rejects.toEqual(refused);
    await expect(verifyCommand(session, { ...verifyArgs, policy })).rejects.toEqual(refused);
  });

  it("are one where one is taken", async () => {
    const policy = "eager,dirty-pie";
    await expect(validate(session, { ...validateArgs, policy })).rejects.toEqual(
      usage("validate takes one policy, and here are 2"),
    );
    await expect(worstCaseCommand({ ...worstArgs, policy })).rejects.toEqual(
      usage("worst-case takes one policy"),
    );
    await expect(report(session, { ...reportArgs, recorded: policy })).rejects.toEqual(
      usage("--recorded takes one policy"),
    );
  });

  it("are compared with eager, which is not enough alone", async () => {
    const refused = usage("there is no policy beside eager");
    await expect(verdict(session, { ...verdictArgs, policy: ["eager"] })).rejects.toEqual(refused);
    await expect(sweep(session, { ...sweepArgs, policy: ["eager"] })).rejects.toEqual(refused);
  });

  it("that trap once a window have no more written windows than windows", async () => {
    await expect(worstCaseCommand({ ...worstArgs, rate: 2 })).rejects.toEqual(
      usage('--rate 2: policy "dirty-pie" traps once a window'),
    );
  });
});

describe("no output takes the place of", () => {
  const policy = at("mine.yaml");
  const profile = at("mine.json");
  const manifest = at("list.yaml");
  const group = "{registers: [PIR_EL1, PIRE0_EL1], trap: first-write}";
  writeFileSync(policy, `name: mine\ngroups:\n  - ${group}\n`);
  const prices = new URL("../../src/prices/profiles/neoverse-n1.json", import.meta.url);
  writeFileSync(profile, readFileSync(prices));
  writeFileSync(manifest, "[guest.tarmac]\n");
  const taken = (file: string): unknown =>
    expect.objectContaining({
      code: "output",
      message: "would take the place of what is read",
      place: { file },
    });

  const own = { policy: [policy], output: policy } as const;
  const listed = { trace: [], manifest, output: manifest } as const;
  const priced = { cost: [profile], output: profile } as const;
  const cases: readonly (readonly [what: string, file: string, run: () => Promise<unknown>])[] = [
    ["a policy: replay", policy, () => replay(session, { ...replayArgs, ...own })],
    ["a policy: replay --verify", policy, () => replay(session, { ...replayArgs, ...own, verify: true })],
    [
      "a policy under an oracle: replay",
      policy,
      () => replay(session, { ...replayArgs, policy: [`oracle:${policy}`], output: policy }),
    ],
    ["a policy: plan", policy, () => plan(session, { ...planArgs, ...own })],
    ["a policy: verdict", policy, () => verdict(session, { ...verdictArgs, ...own })],
    ["a policy: sweep", policy, () => sweep(session, { ...sweepArgs, ...own })],
    ["a policy: report", policy, () => report(session, { ...reportArgs, ...own })],
    [
      "a policy: report --recorded",
      policy,
      () => report(session, { ...reportArgs, recorded: policy, output: policy }),
    ],
    ["a policy: validate", policy, () => validate(session, { ...validateArgs, policy, output: policy })],
    ["a policy: worst-case", policy, () => worstCaseCommand({ ...worstArgs, policy, output: policy })],
    ["a policy: verify", policy, () => verifyCommand(session, { ...verifyArgs, ...own })],
    [
      "a policy: export",
      policy,
      () => exportTrace(session, { ...every, ...own, format: "perfetto", table: undefined, interval: "1%" }),
    ],
    [
      "a profile: replay",
      profile,
      () => replay(session, { ...replayArgs, policy: ["oracle"], cost: profile, output: profile }),
    ],
    ["a profile: verdict", profile, () => verdict(session, { ...verdictArgs, ...priced })],
    ["a profile: sweep", profile, () => sweep(session, { ...sweepArgs, ...priced })],
    ["a profile: advise", profile, () => advise(session, { ...adviseArgs, ...priced })],
    ["a profile: report", profile, () => report(session, { ...reportArgs, ...priced })],
    [
      "a profile: worst-case",
      profile,
      () => worstCaseCommand({ ...worstArgs, cost: profile, output: profile }),
    ],
    [
      "a profile: costs",
      profile,
      () => costs(session, { ...every, profile: [profile], recorded: undefined, output: profile }),
    ],
    ["a manifest: replay", manifest, () => replay(session, { ...replayArgs, ...listed })],
    ["a manifest: verdict", manifest, () => verdict(session, { ...verdictArgs, ...listed })],
    ["a manifest: inspect", manifest, () => inspect(session, { ...every, ...listed })],
    [
      "a manifest: import",
      manifest,
      () => importRecordings(session, { ...every, ...listed, compress: undefined, together: false }),
    ],
    [
      "a manifest, by --policy-out: advise",
      manifest,
      () => advise(session, { ...adviseArgs, trace: [], manifest, policyOut: manifest }),
    ],
  ];
  it.each(cases)("%s", async (_, file, run) => {
    const before = readFileSync(file, "utf8");
    await expect(run()).rejects.toEqual(taken(file));
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("another of the same command", async () => {
    const output = at("both.yaml");
    await expect(advise(session, { ...adviseArgs, policyOut: output, output })).rejects.toEqual(
      usage("--policy-out and -o name the same file"),
    );
    const journal = `${folder}/./both.yaml`;
    await expect(replay(session, { ...replayArgs, journal, output })).rejects.toEqual(
      usage("--journal and -o name the same file"),
    );
  });
});

describe("unknown options", () => {
  it("are named once, as they were given", async () => {
    expect(onceNamed("Unknown arguments: on-corrupt, onCorrupt")).toBe("Unknown argument: on-corrupt");
    expect(onceNamed("Unknown arguments: on-corrupt, foo, onCorrupt")).toBe(
      "Unknown arguments: on-corrupt, foo",
    );
    expect(onceNamed("Unknown argument: foo")).toBe("Unknown argument: foo");
    expect(onceNamed("Not enough arguments: a-b, aB")).toBe("Not enough arguments: a-b, aB");
    expect(await runTrapline(["report", "x", "--on-corrupt", "skip"])).toEqual(
      refusal(2, /Unknown argument: on-corrupt\. See/),
    );
  });
});

it("what is for the counters of a picture is refused where an export has none", async () => {
  const args = { ...every, output: undefined, format: "csv", table: undefined, interval: "1%" } as const;
  for (const [option, given] of [
    ["--policy", { policy: ["dirty-pie"] }],
    ["--mode", { mode: "nvhe" }],
    ["--kernel", { kernel: "6.12" }],
    ["--features", { features: "PAUTH" }],
  ] as const) {
    await expect(exportTrace(session, { ...args, ...given })).rejects.toThrow(
      `--format csv and ${option} do not go together`,
    );
  }
});
