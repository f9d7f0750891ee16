/** What the containers of docs/schedulers/kubernetes run, run here: the shell and trapline are real, the Jobs are not. */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder, type Finished } from "../cli/program.js";
import { createLab, runIn } from "./lab.js";
import { manifest } from "./manifests.js";

const lab = createLab(temporaryFolder());
// The whole of traces/ is planned with trapline's own policies.
mkdirSync(join(lab.folder, "traces"));
for (const name of ["a.trl", "b.trl"])
  renameSync(join(lab.folder, "my traces", name), join(lab.folder, "traces", name));

/** Runs the container of a Job as a kubelet does, in the shared volume. */
function runContainer(name: string, env: Readonly<Record<string, string>> = {}): Finished {
  const [{ command = [], args = [], env: own = [] }] = manifest(name).spec.template.spec.containers;
  const [program, ...words] = [...command, ...args];
  const path = `${lab.folder}:${process.env["PATH"]}`;
  const variables = Object.fromEntries(own.map((each) => [each.name, each.value]));
  return runIn(lab, program, words, { PATH: path, ...variables, ...env });
}

const fine = { status: 0, stdout: "", stderr: "" };

describe("the containers of the manifests", () => {
  it("plan, replay each index and merge to the bytes of a replay of everything at once", () => {
    // As many as a user might write instead of the 64 that are there.
    const completions = 4;
    const env = { PIECES: String(completions) };
    expect(runContainer("plan")).toEqual(fine);
    for (let index = 0; index < completions; index++) {
      expect(runContainer("pieces", { ...env, JOB_COMPLETION_INDEX: String(index) })).toEqual(fine);
    }
    expect(lab.asked()).toHaveLength(completions);
    expect(runContainer("merge", env)).toEqual(fine);
    expect(lab.text("run/result.json")).toBe(runIn(lab, lab.trapline, ["replay", "traces", "--json"]).stdout);
  });

  it("do nothing for a piece that is done, and refuse a folder of another plan", () => {
    expect(runContainer("pieces", { PIECES: "4", JOB_COMPLETION_INDEX: "0" })).toEqual(fine);
    expect(lab.asked()).toEqual([]);
    expect(runContainer("plan")).toEqual(fine);
    rmSync(join(lab.folder, "traces/a.trl"));
    expect(runContainer("plan")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("another plan"),
    });
  });
});
