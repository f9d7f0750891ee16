/** docs/schedulers/slurm.sh under a Slurm of one node, where one can be started, and under a stub of sbatch anywhere. */
import { readFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../cli/program.js";
import { createLab, runIn, script, type Lab } from "./lab.js";
import { writeSbatch } from "./sbatch-stub.js";
import { startSlurm } from "./slurm-cluster.js";

const slurm = await startSlurm();
if (typeof slurm === "string")
  console.warn(`test/schedulers: no Slurm here (${slurm}): slurm.sh is run with a stub of sbatch alone`);
else afterAll(() => slurm.stop());

const folder = temporaryFolder();

/** What slurm.sh finds, and the state in which a job ended. */
interface Scheduler {
  readonly env: Readonly<Record<string, string>>;
  readonly ended: (job: string) => Promise<string>;
}

function stub(lab: Lab): Scheduler {
  const { bin, jobs } = writeSbatch(lab.folder);
  const ended = (job: string): Promise<string> =>
    Promise.resolve(readFileSync(join(jobs, job), "utf8").trim());
  return { env: { PATH: `${bin}:${process.env["PATH"]}` }, ended };
}

const schedulers: readonly (readonly [string, (lab: Lab) => Scheduler])[] = [
  ["a stub of sbatch", stub],
  ...(typeof slurm === "string" ? [] : [["Slurm", () => slurm] as const]),
];

describe.each(schedulers)("slurm.sh under %s", (name, createScheduler) => {
  const own = join(folder, name);
  mkdirSync(own);
  const lab = createLab(own);
  const { env, ended } = createScheduler(lab);

  async function run(
    into: string,
    pieces: number,
    words: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const done = runIn(lab, script("slurm.sh"), [into, String(pieces), ...words], { ...env, ...more });
    expect(done).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\n$/), stderr: "" });
    return ended(done.stdout.trim());
  }

  it("merges nothing when a piece failed, does what is missing later, and gives the same bytes", async () => {
    // One at a time, so that it is known what was done when the second one failed.
    expect(await run("a run", 4, lab.words, { TRAPLINE: lab.failing, THROTTLE: "1" })).toBe("CANCELLED");
    expect(lab.text("a run/result.json")).toBeUndefined();
    expect(lab.asked()).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    expect(await run("a run", 4, lab.words)).toBe("COMPLETED");
    expect(lab.asked()).toEqual(["2/4"]);
    expect(lab.text("a run/result.json")).toBe(lab.whole);
  });

  it("merges again what is all there", async () => {
    expect(await run("a run", 4, lab.words)).toBe("COMPLETED");
    expect(lab.asked()).toEqual([]);
    expect(lab.text("a run/result.json")).toBe(lab.whole);
  });

  it("does nothing in a folder that holds another plan", async () => {
    expect(await run("a run", 3, ["my traces/a.trl"])).toBe("CANCELLED");
    expect(lab.asked()).toEqual([]);
    expect(lab.text("a run/logs/plan")).toContain("a run holds the parts of another plan");
    expect(lab.text("a run/result.json")).toBe(lab.whole);
  });

  it("says how it is used", () => {
    for (const args of [[], ["x", "4"], ["x", "0", "t.trl"], ["x", "four", "t.trl"]]) {
      expect(runIn(lab, script("slurm.sh"), args, env)).toMatchObject({ status: 2, stdout: "" });
    }
  });
});
