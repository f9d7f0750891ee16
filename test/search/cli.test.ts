import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recording, temporaryFolder, trapline } from "../cli/program.js";

const folder = temporaryFolder();
const trace = join(folder, "kvm-vhe.trl");
const imported = trapline(["import", recording("kvm-vhe.tarmac.zst"), "-o", trace]);

test("advise finds the pair of the patch by itself, and replay reads its policy", () => {
  expect(imported.status).toBe(0);
  const file = join(folder, "advised.yaml");
  const { status, stdout, stderr } = trapline(["advise", trace, "--json", "--policy-out", file]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const result = JSON.parse(stdout);
  expect(result.schema).toBe("trapline.advise/1");
  const names = result.advice.policy.groups.map(({ name }: { name: string }) => name);
  expect(names).toContain("PIR_EL1+PIRE0_EL1");
  expect(names).not.toContain("CONTEXTIDR_EL1");
  expect(readFileSync(file, "utf8")).toBe(result.policyFile);

  const verdict = trapline(["verdict", trace, "--policy", file, "--json"]);
  const whole = JSON.parse(verdict.stdout).rows.find(({ group }: { group: unknown }) => group === null);
  expect(whole.difference.likely).toBeCloseTo(result.advice.worth.likely, 3);
});

test("advise says when to trap nothing, in every form", () => {
  const prices = ["--cost", "nested-nv2"];
  expect(trapline(["advise", trace, ...prices]).stdout).toContain("Trap nothing: at nested-nv2 prices");
  const markdown = trapline(["advise", trace, ...prices, "--format", "markdown"]).stdout;
  expect(markdown).toContain("| PIR_EL1 |");
  const csv = trapline(["advise", trace, ...prices, "--format", "csv"]).stdout;
  expect(csv).toContain(",PIR_EL1,dirty-once,false,");
});

test("sweep prices every combination, and takes repeated options", () => {
  const set = ["--set", "fastTrap=73..918/10", "--set", "mrs=1,5"];
  const args = ["sweep", trace, "--policy", "dirty-pie", "--nesting", "none", "--nesting", "l2", ...set];
  const { rows, configurations } = JSON.parse(trapline([...args, "--json"]).stdout);
  expect(configurations).toBe(40);
  expect(rows).toHaveLength(40);
  expect(
    trapline([...args, "--format", "csv"])
      .stdout.trimEnd()
      .split("\n"),
  ).toHaveLength(41);
  expect(trapline(args).stdout).toContain("each trace and policy: 40.");
});

test("sweep varies the rule of a policy, and says which variant cannot work", () => {
  const rule = ["--rule", "arm=load,after-save,until-caches-on"];
  const { rows, refused } = JSON.parse(
    trapline(["sweep", trace, "--policy", "dirty-pie", ...rule, "--json"]).stdout,
  );
  expect(rows.map(({ policy }: { policy: string }) => policy)).toEqual([
    "dirty-pie+arm-load",
    "dirty-pie+arm-after-save",
  ]);
  expect(refused).toHaveLength(1);
  expect(refused[0].why).toContain("until-caches-on");
});

test("advise and sweep price with what the recording itself shows", () => {
  const advised = trapline(["advise", trace, "--cost", "recorded", "--json"]);
  expect(advised.stderr).toBe("");
  expect(JSON.parse(advised.stdout).advice).toMatchObject({ profile: "recorded", unit: "instructions" });
  const swept = trapline(["sweep", trace, "--cost", "recorded", "--set", "fastTrap=1", "--json"]);
  expect(JSON.parse(swept.stdout).rows[0]).toMatchObject({ profile: "recorded", prices: { fastTrap: 1 } });
});

test("random points name their seed", () => {
  const args = ["sweep", trace, "--policy", "dirty-pie", "--random", "20"];
  const one = trapline([...args, "--seed", "5", "--json"]).stdout;
  expect(JSON.parse(one).seed).toBe(5);
  expect(trapline([...args, "--seed", "5", "--json"]).stdout).toBe(one);
  expect(trapline([...args, "--seed", "6", "--json"]).stdout).not.toBe(one);
});

test.each([
  [["advise", "--sure", "2"], "--sure takes a share"],
  [["advise", "--policy-out", "x.txt"], ".yaml or .json"],
  [["advise", "--nesting", "l3"], '--nesting takes none, l2, l2-nv2, not "l3"'],
  [["sweep", "--set", "mrz=1"], "--set mrz=1: prices are of"],
  [["sweep", "--random", "0"], "--random takes"],
  [["sweep", "--policy", "eager"], "there is no policy beside eager"],
  [["sweep", "--policy", "adaptive", "--rule", "windows=0,4"], "--rule, adaptive+windows-0: "],
  [["sweep", "--cost", "neoverse-n1,instructions", "--set", "mrs=1"], "have cycles and instructions"],
])("refuses %j", (args, why) => {
  const [command, ...rest] = args;
  const { status, stdout, stderr } = trapline([command, trace, ...rest]);
  expect(status).not.toBe(0);
  expect(stdout).toBe("");
  expect(stderr).toContain(why);
});
