import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parsePolicy, policyFromData } from "#src/policies/file.js";
import { checkInside, readManifest } from "#src/replay/manifest.js";
import { parsePlan, readPlan } from "#src/replay/plan-file.js";
import { mergeParts } from "#src/replay/part.js";
import { parseResult } from "#src/replay/result-file.js";
import { steadyRuns } from "../trace/samples.js";
import { temporaryFolder, trapline, refusal } from "../cli/program.js";
import { troubleOf, writeTrace } from "../trace/support.js";

// Manifests, policies, plans, parts and results from others are data: they name no file outside, run nothing, change
// no object but their own, and cost no more than their size.

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const inner = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"] as const;
const groups = "groups: [{registers: [PIR_EL1, PIRE0_EL1]}]";

/** Nothing that every object has was changed. */
function expectClean(): void {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
  expect(Reflect.get(() => 0, "polluted")).toBeUndefined();
}

describe("a manifest", () => {
  mkdirSync(at("lab"));
  mkdirSync(at("elsewhere"));
  writeTrace(at("elsewhere/secret.trl"), steadyRuns(24));
  writeTrace(at("lab/own.trl"), steadyRuns(24));
  const manifest = at("lab/list.json");
  const run = (...names: readonly string[]): ReturnType<typeof trapline> => {
    writeFileSync(manifest, JSON.stringify(names));
    return trapline(["inspect", "--manifest", manifest]);
  };

  it("leads to no file outside its folder through links", () => {
    symlinkSync(at("elsewhere/secret.trl"), at("lab/file.trl"));
    symlinkSync(at("elsewhere"), at("lab/folder"));
    mkdirSync(at("lab/sub"));
    symlinkSync("../../elsewhere/secret.trl", at("lab/sub/hidden.trl"));
    for (const name of ["file.trl", "folder", "folder/secret.trl", "sub", "sub/hidden.trl"]) {
      expect(run("own.trl", name)).toEqual(refusal(2, /which is outside its folder/));
    }
    expect(run("own.trl").status).toBe(0);
  });

  it("may be reached, and name files of its folder, through links", () => {
    symlinkSync(at("lab/own.trl"), at("lab/again.trl"));
    expect(run("again.trl").status).toBe(0);
    symlinkSync(at("lab"), at("lab-by-link"));
    expect(trapline(["inspect", "--manifest", at("lab-by-link/list.json")]).status).toBe(0);
    expect(() => checkInside(at("lab-by-link/list.json"), [at("lab-by-link/own.trl")])).not.toThrow();
  });

  it.each(inner)("with a key %s is none", (key) => {
    for (const text of [
      `{"traces": ["a.trl"], "${key}": {"polluted": 1}}`,
      `traces: [a.trl]\n${key}: {polluted: 1}\n`,
      `{"traces": [{"path": "a.trl", "${key}": {"polluted": 1}}]}`,
    ]) {
      writeFileSync(manifest, text);
      expect(troubleOf(() => readManifest(manifest)).message).toBe("is no manifest");
    }
    expectClean();
  });

  it("is not read without end", () => {
    expect(troubleOf(() => readManifest("/dev/zero")).message).toBe("is larger than 67108864 bytes");
  });
});

describe("a policy", () => {
  it.each(inner)("with a key %s is refused", (key) => {
    for (const text of [
      `name: x\n${groups}\n${key}: {polluted: 1}\n`,
      `name: x\ngroups: [{registers: [PIR_EL1, PIRE0_EL1], ${key}: {polluted: 1}}]\n`,
      `{"name": "x", "groups": [{"registers": ["PIR_EL1", "PIRE0_EL1"]}], "${key}": {"polluted": 1}}`,
    ]) {
      expect(troubleOf(() => parsePolicy(text, "p")).message).toMatch(/^there is no key/);
    }
    expect(troubleOf(() => parsePolicy(`name: x\ngroups: [{registers: [${key}]}]`, "p")).message).toMatch(
      /no register is called/,
    );
    expectClean();
  });

  it("that is inherited is none", () => {
    const inherited: unknown = JSON.parse(
      '{"__proto__": {"name": "x", "groups": [{"registers": ["PIR_EL1"]}]}}',
    );
    expect(troubleOf(() => policyFromData(inherited, "p")).code).toBe("usage");
    expectClean();
  });

  it("runs nothing", () => {
    for (const tag of [
      "!!js/function",
      "!!python/object/apply:os.system",
      "!<tag:yaml.org,2002:js/function>",
      "!x",
    ]) {
      const text = `name: ${tag} "function () { globalThis.ran = 1; }"\n${groups}`;
      expect(troubleOf(() => parsePolicy(text, "p")).code).toBe("usage");
    }
    expect(Reflect.get(globalThis, "ran")).toBeUndefined();
  });

  it("does not grow by aliases, merges or depth", () => {
    const lines = Array.from(
      { length: 20 },
      (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}*a${n}]`,
    );
    const bomb = `a0: &a0 [x, x]\n${lines.join("\n")}\nname: x\n${groups}`;
    expect(troubleOf(() => parsePolicy(bomb, "p")).message).toMatch(/Alias/);
    const merge = `base: &b {name: x}\n<<: *b\n${groups}`;
    expect(troubleOf(() => parsePolicy(merge, "p")).code).toBe("usage");
    expect(troubleOf(() => parsePolicy("[".repeat(30_000), "p")).message).toMatch(/nested too deeply/);
    expect(troubleOf(() => parsePolicy("- ".repeat(15_000), "p")).message).toMatch(/nested too deeply/);
  });

  it("is not larger than any that a person writes", () => {
    writeFileSync(at("large.yaml"), "");
    truncateSync(at("large.yaml"), 2 ** 40);
    expect(trapline(["replay", at("lab/own.trl"), "-p", at("large.yaml")])).toEqual(
      refusal(2, /large\.yaml: is larger than 32768 bytes/),
    );
  });
});

describe("plans, parts and results", () => {
  it("are not read without end", () => {
    expect(troubleOf(() => readPlan("/dev/zero")).message).toBe("is larger than 268435456 bytes");
  });

  it.each(inner)("with a key %s change nothing", (key) => {
    writeFileSync(
      at("part.json"),
      `{"schema": "trapline.part/2", "crc": 0, "body": {}, "${key}": {"polluted": 1}}`,
    );
    expect(troubleOf(() => mergeParts([at("part.json")])).message).toBe("is no part of a replay");
    const plan: unknown = JSON.parse(`{"schema": "trapline.plan/2", "${key}": {"polluted": 1}}`);
    expect(troubleOf(() => parsePlan(plan, "plan")).code).toBe("input");
    const totals = '{"traps": 0, "saves": 0, "elided": 0, "restores": 0}';
    const result = `{"schema": "trapline.replay/1", "tool": "x", "complete": true, "traces": [],
      "config": {"mode": "vhe", "kernel": "6.12", "features": []}, "${key}": {"polluted": 1},
      "policies": [{"policy": "${key}", "totals": ${totals}, "registers": []}]}`;
    expect(parseResult(result, "r").policies.map(({ policy }) => policy)).toEqual([key]);
    expectClean();
  });
});
