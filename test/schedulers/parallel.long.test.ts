/** docs/schedulers/parallel.sh under GNU parallel itself. */
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder, type Finished } from "../cli/program.js";
import { createLab, hasProgram, runIn, script, type Lab } from "./lab.js";

const hasParallel = hasProgram("parallel");
if (!hasParallel) console.warn("test/schedulers: GNU parallel is not installed: parallel.sh is not run");

const folder = temporaryFolder();

describe.skipIf(!hasParallel)("parallel.sh", () => {
  let lab: Lab;
  const run = (into: string, pieces: number, env: Readonly<Record<string, string>> = {}): Finished =>
    runIn(lab, script("parallel.sh"), [into, String(pieces), ...lab.words], env);
  beforeAll(() => {
    lab = createLab(folder);
  });

  it("gives the bytes of a replay of everything at once", () => {
    expect(run("a run", 5)).toMatchObject({ status: 0, stdout: "" });
    expect(lab.asked()).toEqual(["1/5", "2/5", "3/5", "4/5", "5/5"]);
    expect(lab.text("a run/result.json")).toBe(lab.whole);
  });

  it("does again what is missing, and no more", () => {
    rmSync(join(folder, "a run/part-2-of-5.json"));
    rmSync(join(folder, "a run/part-4-of-5.json"));
    rmSync(join(folder, "a run/result.json"));
    expect(run("a run", 5)).toMatchObject({ status: 0, stdout: "" });
    expect(lab.asked()).toEqual(["2/5", "4/5"]);
    expect(lab.text("a run/result.json")).toBe(lab.whole);
  });

  it("fails with a piece, merges nothing, and goes on later", () => {
    expect(run("failed", 4, { TRAPLINE: lab.failing, JOBS: "1" }).status).not.toBe(0);
    expect(lab.text("failed/result.json")).toBeUndefined();
    lab.asked();
    expect(run("failed", 4).status).toBe(0);
    expect(lab.asked()).toEqual(["2/4", "3/4", "4/4"]);
    expect(lab.text("failed/result.json")).toBe(lab.whole);
  });

  it("refuses a folder that holds another plan", () => {
    const { status, stderr } = runIn(lab, script("parallel.sh"), ["a run", "5", "my traces/a.trl"]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining("a run holds the parts of another plan"),
    });
    expect(lab.text("a run/plan.new")).toBeUndefined();
  });

  it("works through ssh on other machines", () => {
    const ssh = join(folder, "ssh");
    // What a login shell elsewhere does with the words that ssh hands over, and which machine it was. SHELL: sshd sets
    // it, and parallel runs nothing where it is empty; here it may not be set at all.
    writeFileSync(
      ssh,
      `#!/bin/sh\necho "$1" >>'${folder}/hosts'\nshift\n[ "$1" != -- ] || shift\ncd /\nexport SHELL=/bin/sh\nexec sh -c "$*"\n`,
    );
    chmodSync(ssh, 0o755);
    const env = { PARALLEL: `--ssh ${ssh} --sshlogin 1/node1,1/node2` };
    expect(run("remote", 4, env)).toMatchObject({ status: 0 });
    expect(lab.asked()).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    expect(lab.text("remote/result.json")).toBe(lab.whole);
    expect(new Set(lab.text("hosts")?.trim().split("\n"))).toEqual(new Set(["node1", "node2"]));
  });

  it("says how it is used", () => {
    for (const args of [[], ["x", "4"], ["x", "0", "t.trl"], ["x", "four", "t.trl"]]) {
      expect(runIn(lab, script("parallel.sh"), args)).toMatchObject({ status: 2, stdout: "" });
    }
  });
});
