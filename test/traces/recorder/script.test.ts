import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repository, temporaryFolder, type Finished } from "../../cli/program.js";
import { recorder } from "./compiler.js";

const folder = temporaryFolder();
const script = join(recorder, "record.sh");

function bash(...args: readonly string[]): Finished {
  const { status, stdout, stderr } = spawnSync("bash", args, { encoding: "utf8", cwd: folder });
  return { status, stdout, stderr };
}

describe("the recorder's script", () => {
  const parts = readdirSync(join(recorder, "lib")).map((name) => join("lib", name));

  it.each(["record.sh", "guest/host-init.sh", ...parts])("%s has no syntax error", (name) => {
    expect(bash("-n", join(recorder, name))).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("lists its options, each of which it takes", () => {
    const { status, stdout } = bash(script, "--help");
    expect(status).toBe(0);
    const options = [...stdout.matchAll(/^ {2}(--[a-z]+)/gm)].map(([, option]) => option);
    expect(options.length).toBeGreaterThan(12);
    for (const option of options.filter((each) => each !== "--again")) {
      expect(bash(script, option)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining("needs a value"),
      });
    }
  });

  it.each([
    [["--speed", "9"], "no option --speed"],
    [["--mode", "xvhe"], "--mode is vhe or nvhe, not xvhe"],
    [["--guests", "0"], "--guests is a number from 1, not 0"],
    [["--vcpus", "9"], "at most 8 CPUs"],
    [["--from", "here"], "--from is guest or boot, not here"],
    [["--count", "a,b"], "--count is usual"],
    [["--name", "a/b"], "--name has letters"],
    [["--append", "a\nb"], "--append is one line"],
  ])("refuses %j with one line", (args, complaint) => {
    const { status, stdout, stderr } = bash(script, "--dir", join(folder, "refused"), ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^record\.sh: [^\n]+\n$/);
    expect(stderr).toContain(complaint);
    expect(existsSync(join(folder, "refused"))).toBe(false);
  });
});

describe("its steps", () => {
  /** Runs a step as the script does: `work` is what it does, `inputs` what it is made from. */
  const step = (work: string, inputs = "one"): Finished =>
    bash(
      "-c",
      `set -euo pipefail; dir=$PWD/steps; here=$PWD; . '${recorder}/lib/steps.sh'; work() { ${work}; }
       step build "the thing" "${inputs}" work; echo afterwards`,
    );

  it("does a step once, and again when its inputs have changed", () => {
    expect(step("note made").stdout).toMatch(/^build +the thing \.\.\. \d+ s\n +made\nafterwards\n$/);
    mkdirSync(join(folder, "steps"), { recursive: true });
    expect(step("exit 3").stdout).toMatch(/^build +the thing: done before, in \d+ s\nafterwards\n$/);
    expect(step("echo again", "two").stdout).toContain("...");
  });

  it("stops at a step that fails, shows the end of its log, and does it again the next time", () => {
    const { status, stdout } = step("echo all is lost; false; echo not reached", "three");
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/failed after \d+ s; the end of .*build\.log:\nall is lost\n$/);
    expect(step("true", "three").stdout).toContain("afterwards");
  });

  it("takes other sources for other inputs", () => {
    const of = (text: string): string => {
      mkdirSync(join(folder, "plugin"), { recursive: true });
      writeFileSync(join(folder, "plugin", "a.c"), text);
      return bash("-c", `here=$PWD; . '${recorder}/lib/steps.sh'; sources plugin`).stdout;
    };
    expect(of("a")).toMatch(/^[0-9a-f]{16}\n$/);
    expect(of("a")).toBe(of("a"));
    expect(of("a")).not.toBe(of("b"));
  });
});

describe("what is made from trapline's tables", () => {
  it("names.def is what make-names.mjs writes", () => {
    const { stdout } = spawnSync(process.execPath, [join(recorder, "plugin/make-names.mjs")], {
      encoding: "utf8",
      cwd: repository,
    });
    expect(stdout).toBe(readFileSync(join(recorder, "plugin/names.def"), "utf8"));
  });
});
