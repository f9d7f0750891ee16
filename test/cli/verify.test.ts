import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder, trapline } from "./program.js";

const folder = temporaryFolder();
const plain = ["--kernel", "6.12", "--nesting", "none", "--features", "S1PIE,TCR2"];
const mine = join(folder, "mine.yaml");
writeFileSync(mine, "name: mine\ngroups:\n  - registers: [PIR_EL1, PIRE0_EL1]\n    marks: written\n");

describe("trapline verify", () => {
  it("says that a policy is sound, and exits with 0", () => {
    const { status, stdout, stderr } = trapline(["verify", "dirty-pie", "--mode", "vhe", ...plain]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^dirty-pie +- +vhe +6\.12 +none +\d+ +sound$/m);
    expect(stdout).not.toContain("Broken");
  });

  it("shows the shortest way in which a file's policy loses a write, and exits with 1", () => {
    const lost = join(folder, "shown.trl");
    const { status, stdout } = trapline(["verify", "eager", mine, "--mode", "vhe", ...plain, "-o", lost]);
    expect(status).toBe(1);
    // As it is printed the line works: a file's policy is known by the file alone.
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(`trapline replay --verify ${lost} -p ${mine}`);
    expect(stdout).toContain("vcpu0 writes PIRE0_EL1 = 1");
    expect(stdout).toMatch(/^6 +pcpu0 puts vcpu0 +not saved +1 +1 +0$/m);
    expect(stdout).toContain("A replay refuses it");
    // A line that a mail breaks is no table any more.
    const lines = stdout.split("\n").filter((line) => !line.includes(folder));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it("writes a trace that loses it again in a replay", () => {
    const lost = join(folder, "lost.trl");
    const { status, stdout } = trapline(["verify", mine, "--mode", "vhe", ...plain, "--json", "-o", lost]);
    expect(status).toBe(1);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      schema: "trapline.verify/1",
      sound: false,
      trace: { path: lost, row: 0 },
    });
    const [{ worlds, refused }] = result.rows;
    expect(refused).toContain("marks one register");
    const [first] = worlds[0].broken;
    expect(first).toMatchObject({ invariant: "open-is-dirty", vcpu: 0 });
    expect(first.steps).toHaveLength(3);

    const replayed = trapline(["replay", "--verify", lost, "-p", mine, "--json"]);
    expect([replayed.status, replayed.stderr]).toEqual([1, ""]);
    const values = JSON.parse(replayed.stdout);
    expect(values).toMatchObject({ schema: "trapline.replay-verify/1", kept: false });
    expect(values.traces[0].policies[0].losses).toMatchObject([
      { kind: "lost", register: "PIRE0_EL1", vcpu: 0, expected: "0x0000000000000001" },
    ]);
    const eager = trapline(["replay", "--verify", lost, "-p", "eager"]);
    expect(eager.status).toBe(0);
    const varied = trapline(["replay", "--verify", lost, "-p", "dirty-pie", "--what-if", "marks-written"]);
    expect(varied.status).toBe(1);
    expect(varied.stdout).toMatch(/vcpu0 +PIRE0_EL1 +0x0000000000000001 +0x0000000000000000 +lost$/m);
  });

  it("writes no trace of a policy that is sound", () => {
    const none = join(folder, "none.trl");
    const { status, stderr } = trapline(["verify", "hidden", "--mode", "vhe", ...plain, "-o", none]);
    expect(status).toBe(0);
    expect(stderr).toContain("nothing is lost");
    expect(existsSync(none)).toBe(false);
  });

  it.each([
    [["verify", "nothing"], 'there is no policy "nothing"'],
    [["verify", "eager", "--what-if", "rain"], 'there is no what-if "rain"'],
    [["verify", "eager", "--what-if", "marks-written"], ""],
    [["verify", "eager", "--kernel", "2.6"], "unknown kernel version"],
    [["verify", "eager", "--nesting", "l3"], "--nesting takes"],
    [["verify", "oracle"], "oracle"],
    [["replay", "--verify", "--by", "vcpu", "x.trl"], "--verify and --by do not go together"],
    [["replay", "--what-if", "host-writes", "x.trl"], "--what-if goes with --verify"],
  ])("%s", (words, message) => {
    const { status, stderr } = trapline(words);
    expect(status).toBe(message === "" ? 0 : 2);
    expect(stderr).toContain(message);
  });
});
