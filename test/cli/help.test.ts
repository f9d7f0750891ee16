import { describe, expect, it } from "vitest";
import { version } from "#src/version.js";
import { refusal, outputOf, runTrapline } from "./program.js";

const commands = [
  "import",
  "inspect",
  "replay",
  "validate",
  "policies",
  "registers",
  "plan",
  "merge",
  "completion",
];

describe.concurrent("help", () => {
  it("names every command", () => {
    const text = outputOf(["--help"]);
    for (const command of commands) expect(text).toContain(`trapline ${command} `);
  });

  for (const command of commands) {
    it(`of ${command} is not wider than a terminal`, async () => {
      const { status, stdout, stderr } = await runTrapline([command, "--help"]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^trapline ${command}\\b`));
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
    });
  }

  it("names what a command takes: no recordings for a plan, one file for an export", async () => {
    const [plan, exported] = await Promise.all(
      ["plan", "export"].map((name) => runTrapline([name, "--help"])),
    );
    expect(plan.stdout).toMatch(/trace +Traces, folders of them, patterns /);
    expect(exported.stdout).toMatch(/trace +A trace, a recording, a result, or -/);
  });

  it("is the same by -h", () => {
    expect(outputOf(["replay", "-h"])).toBe(outputOf(["replay", "--help"]));
  });

  it("is in one language on any terminal", () => {
    expect(outputOf(["--help"], { env: { LC_ALL: "de_DE.UTF-8" } })).toBe(outputOf(["--help"]));
  });

  it("--version is that of the package", () => {
    expect(outputOf(["--version"])).toBe(`${version}\n`);
  });
});

describe.concurrent("what the command line gets wrong ends with status 2", () => {
  const cases: readonly (readonly [what: string, args: readonly string[], message: RegExp])[] = [
    ["no command", [], /name a command/],
    ["an unknown command", ["replya"], /no command "replya".*trapline --help/],
    ["an unknown option", ["replay", "x", "--polcy"], /polcy.*trapline replay --help/],
    ["a word too many", ["policies", "eager"], /eager/],
    ["a form that there is not", ["replay", "x", "--format", "xml"], /"xml".*"markdown"/],
    ["a mode that there is not", ["replay", "x", "--mode", "el3"], /"el3"/],
    ["an option without its value", ["replay", "x", "--format"], /format/],
    ["an option twice", ["replay", "x", "--format", "csv", "--format", "json"], /--format is given twice/],
    ["two forms", ["replay", "x", "--json", "--format", "csv"], /--json and --format csv/],
    ["a switch with a value", ["replay", "x", "--json=maybe"], /--json=maybe/],
    ["no threads", ["replay", "x", "-j", "0"], /--threads/],
    ["half a thread", ["replay", "x", "-j", "1.5"], /--threads/],
    ["threads in words", ["replay", "x", "-j", "two"], /--threads/],
    ["shards of nothing", ["replay", "x", "--shard-windows", "0"], /--shard-windows/],
    ["a shard of none", ["replay", "x", "--shard", "0/3"], /--shard takes/],
    ["a shard too far", ["replay", "x", "--shard", "4/3"], /--shard takes/],
    ["no shard", ["replay", "x", "--shard", "three"], /--shard takes/],
    ["an unknown policy", ["replay", "x", "-p", "lazy"], /"lazy".*dirty-pie/],
    ["no policy", ["replay", "x", "-p", ","], /no policy/],
    ["nothing to replay", ["replay"], /no trace is given/],
    ["nothing to inspect", ["inspect"], /no trace is given/],
    ["nothing to import", ["import"], /no trace is given/],
    ["nothing to plan", ["plan"], /no trace is given/],
    ["nothing to validate", ["validate"], /at least 1.*trapline validate --help/],
    ["nothing to merge", ["merge"], /at least 1.*trapline merge --help/],
    ["an unknown register", ["registers", "PIR_EL9"], /PIR_EL9/],
    ["a shell that there is not", ["completion", "tcsh"], /"tcsh"/],
    ["a level that there is not", ["import", "package.json", "--compress", "11"], /--compress/],
    ["a trace beside a plan", ["replay", "x", "--plan", "p"], /a trace is in the plan/],
    ["a policy beside a plan", ["replay", "--plan", "p", "-p", "eager"], /--policy is in the plan/],
  ];
  for (const [what, args, message] of cases) {
    it(`says so: ${what}`, async () => {
      expect(await runTrapline(args)).toEqual(refusal(2, message));
    });
  }
});

describe("completion", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    it(`has a script for ${shell} that asks the program`, () => {
      expect(outputOf(["completion", shell])).toContain("trapline --get-yargs-completions");
    });
  }

  it("answers with commands and options", () => {
    const words = (...args: string[]): string[] =>
      outputOf(["--get-yargs-completions", "trapline", ...args]).split("\n");
    expect(words("")).toEqual(expect.arrayContaining(commands));
    expect(words("replay", "--")).toEqual(expect.arrayContaining(["--policy", "--shard", "--json"]));
  });
});
