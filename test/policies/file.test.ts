import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kernelConfig } from "#src/configs/resolve.js";
import { TraplineError } from "#src/errors.js";
import { loadPolicyFile, parsePolicy, policyFromData } from "#src/policies/file.js";
import { findPolicy } from "#src/policies/find.js";
import { trackedGroup } from "#src/policies/policy.js";
import type { Policy } from "#src/policies/policy.js";
import { builtinPolicies } from "#src/policies/registry.js";

const folder = mkdtempSync(join(tmpdir(), "trapline-policy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const config = kernelConfig("vhe", "6.12", ["TCR2", "S1PIE"]);
const parse = (text: string): Policy => parsePolicy(text, "p.yaml").build(config);

/** The one error that an attempt gives. */
function refusal(attempt: () => unknown): TraplineError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof TraplineError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
const why = (text: string): string => {
  const error = refusal(() => parse(text));
  expect(error.code).toBe("usage");
  expect(error.place.file).toBe("p.yaml");
  expect(error.message).not.toContain("\n");
  return error.message;
};

const pie = "groups: [{registers: [PIR_EL1, PIRE0_EL1]}]";

describe("a policy file", () => {
  it("is the same in JSON and in YAML", () => {
    const yaml = file("pie.yaml", `name: pie\nsummary: Mine.\n${pie}\n`);
    const json = file(
      "pie.json",
      JSON.stringify({ name: "pie", summary: "Mine.", groups: [{ registers: ["PIR_EL1", "PIRE0_EL1"] }] }),
    );
    expect(loadPolicyFile(yaml).fixed).toEqual(loadPolicyFile(json).fixed);
    expect(loadPolicyFile(yaml)).toMatchObject({ name: "pie", summary: "Mine.", source: "" });
    expect(findPolicy(json).build(config)).toEqual(loadPolicyFile(json).fixed);
  });

  it("has tracked groups where it says nothing else", () => {
    expect(parse(`name: pie\n${pie}`)).toEqual({
      name: "pie",
      groups: [trackedGroup(["PIR_EL1", "PIRE0_EL1"])],
      assumeNotHardwareWritten: [],
    });
  });

  it.each([
    ["nothing", { onTrap: "emulate", save: "always", restore: "always", host: "eager", path: "fast" }],
    ["first-access", { onTrap: "open", save: "dirty", restore: "always", host: "eager", path: "fast" }],
    ["every-write", { onTrap: "emulate", save: "always", restore: "always", host: "eager", path: "fast" }],
    ["undefined", { onTrap: "emulate", save: "never", restore: "never", host: "never", path: "full" }],
  ])("completes a group that traps %s with what goes with that", (trap, words) => {
    const [group] = parse(`name: x\ngroups: [{name: G, registers: [PIR_EL1], trap: ${trap}}]`).groups;
    expect(group).toEqual({ name: "G", registers: ["PIR_EL1"], trap, arm: "arming-point", ...words });
  });

  it("can say everything", () => {
    const group = {
      name: "G",
      registers: ["TPIDR_EL1"],
      trap: "first-access",
      onTrap: "open",
      save: "open",
      restore: "open",
      arm: "after-save",
      host: "dirty-once",
      path: "full",
    };
    const text = JSON.stringify({
      name: "all",
      source: "me",
      mode: "nvhe",
      groups: [group],
      assumeNotHardwareWritten: ["AFSR0_EL1"],
    });
    expect(parse(text)).toEqual({
      name: "all",
      mode: "nvhe",
      groups: [group],
      assumeNotHardwareWritten: ["AFSR0_EL1"],
    });
  });

  it("takes every name of a register and keeps the one that traces have", () => {
    const [group] = parse("name: x\ngroups: [{registers: [SCTLR_EL12, S3_0_C10_C2_3, pire0_el1]}]").groups;
    expect(group.registers).toEqual(["SCTLR_EL1", "PIR_EL1", "PIRE0_EL1"]);
    expect(
      parse("name: x\ngroups: []\nassumeNotHardwareWritten: [AFSR0_EL12]").assumeNotHardwareWritten,
    ).toEqual(["AFSR0_EL1"]);
  });

  it("is found by its ending, in any case", () => {
    expect(findPolicy(file("A.YML", `name: yml\n${pie}`)).name).toBe("yml");
  });
});

describe("what is refused in a policy file", () => {
  it.each([
    ["a key that there is not", `name: x\nsavee: always\n${pie}`, "there is no key savee"],
    ["one in a group", "name: x\ngroups: [{registers: [PIR_EL1], tarp: nothing}]", "no key groups.0.tarp"],
    ["__proto__", `name: x\n__proto__: {mode: vhe}\n${pie}`, "there is no key __proto__"],
    ["__proto__ in JSON", '{"name":"x","groups":[],"__proto__":{"mode":"vhe"}}', "there is no key __proto__"],
    [
      "__proto__ in a group",
      "name: x\ngroups: [{registers: [PIR_EL1], __proto__: {save: never}}]",
      "__proto__",
    ],
    ["constructor", `name: x\nconstructor: {}\n${pie}`, "there is no key constructor"],
    ["a merge key", `<<: {name: x}\n${pie}`, "the key name is missing"],
    ["no name", pie, "the key name is missing"],
    ["no groups", "name: x", "the key groups is missing"],
    ["a name that is a number", `name: 5\n${pie}`, "name: Invalid type"],
    ["a name with a space", `name: a b\n${pie}`, "a name is made of"],
    ["an empty name", `name: ""\n${pie}`, "a name is made of"],
    ["groups that are no list", "name: x\ngroups: {}", "groups: Invalid type"],
    ["a group without registers", "name: x\ngroups: [{}]", "the key groups.0.registers is missing"],
    ["a group with none", "name: x\ngroups: [{registers: []}]", "a group needs a register"],
    [
      "registers that are no list",
      "name: x\ngroups: [{registers: PIR_EL1}]",
      "groups.0.registers: Invalid type",
    ],
    ["an unknown register", "name: x\ngroups: [{registers: [PIR_EL9]}]", 'no register is called "PIR_EL9"'],
    ["a generic name of none", "name: x\ngroups: [{registers: [S3_0_C15_C2_0]}]", "no register is called"],
    ["an unknown register to assume of", `name: x\n${pie}\nassumeNotHardwareWritten: [NOPE]`, '"NOPE"'],
    ["a word that there is not", "name: x\ngroups: [{registers: [PIR_EL1], trap: often}]", '"first-write"'],
    ["a mode that there is not", `name: x\nmode: both\n${pie}`, '"nvhe"'],
    ["a key twice", `name: x\nname: y\n${pie}`, "Map keys must be unique"],
    ["a key twice in JSON", '{"name":"x","name":"y","groups":[]}', "Map keys must be unique"],
    ["nothing", "", "Expected Object but received null"],
    ["a list", "[]", "the key name is missing"],
    ["a number", "5", "Expected Object but received 5"],
    ["half of a JSON text", '{"name": "x",', "is no JSON or YAML"],
    ["two documents", `name: x\n${pie}\n---\nname: y`, "multiple documents"],
    ["an alias", `name: &n x\nsummary: *n\n${pie}`, "Alias"],
    ["an alias of nothing", `name: *n\n${pie}`, "is no"],
  ])("%s", (_, text, reason) => {
    expect(why(text)).toContain(reason);
  });

  it("tells the line of what is no YAML", () => {
    expect(refusal(() => parse("name: x\n\tgroups: []")).place).toEqual({ file: "p.yaml", line: 2 });
  });

  it("aliases that would expand without end", () => {
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 20; level++) {
      const [from, to] = [level - 1, level].map((each) => String.fromCodePoint(97 + each));
      bomb.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]`);
    }
    expect(why(bomb.join("\n"))).toContain("Alias");
  });

  // A stack that the YAML parser fills while V8 compiles an expression ends the process, not the attempt.
  it.each([
    ["brackets", "[".repeat(10_000) + "]".repeat(10_000)],
    ["open brackets", "[".repeat(30_000)],
    ["maps", '{"a":'.repeat(5000)],
    ["list items", "- ".repeat(10_000)],
    ["explicit keys", "? ".repeat(10_000)],
    ["keys on a line", "a: ".repeat(10_000)],
    ["indents", Array.from({ length: 230 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ])("nesting by %s", (_, text) => {
    expect(why(text)).toContain("nested too deeply");
  });

  it("a file that is missing, a folder, a device, and one that is too large", () => {
    const load = (path: string): TraplineError => refusal(() => loadPolicyFile(path));
    const missing = join(folder, "none.yaml");
    expect(load(missing)).toMatchObject({ code: "input", place: { file: missing } });
    expect(load(missing).message).toContain("there is no such file");
    mkdirSync(join(folder, "folder.yaml"));
    expect(load(join(folder, "folder.yaml"))).toMatchObject({
      code: "input",
      message: "is not a regular file",
    });
    expect(load("/dev/zero")).toMatchObject({ code: "input", message: "is not a regular file" });
    const large = file("large.yaml", `name: x\n${pie}\n#${" ".repeat(1 << 16)}`);
    expect(load(large)).toMatchObject({ code: "usage", place: { file: large } });
    expect(load(large).message).toContain("larger than");
  });

  it("a name that is neither a policy nor a file", () => {
    const error = refusal(() => findPolicy("dirty-pi"));
    expect(error).toMatchObject({ code: "usage", message: 'there is no policy "dirty-pi"' });
    for (const { name } of builtinPolicies) expect(error.remedy).toContain(name);
  });
});

describe("a policy in a plan", () => {
  it("is read back as it was, whether built in or from a file", () => {
    const built = builtinPolicies.map((policy) => policy.build(config));
    for (const policy of [...built, parse(`name: pie\nmode: vhe\n${pie}`)]) {
      const data: unknown = JSON.parse(JSON.stringify(policy));
      expect(policyFromData(data, "plan.json").fixed).toEqual(policy);
    }
  });

  it("has no word too many", () => {
    const policy = parse(`name: pie\n${pie}`);
    const more = { ...policy, groups: [{ ...policy.groups[0], more: 1 }] };
    expect(() => policyFromData(more, "plan.json")).toThrow("there is no key groups.0.more");
  });
});
