import { expect, test } from "vitest";
import {
  candidateGroup,
  candidateGroups,
  mayMerge,
  mergeRules,
  untrackable,
} from "#src/search/candidates.js";
import { nvhe, vhe } from "./support.js";

const names = (configs: Parameters<typeof candidateGroups>[0]): string[] =>
  candidateGroups(configs).map(({ name }) => name);

test("registers that share a trap bit are one candidate, and no register is in two", () => {
  expect(names([vhe])).toContain("TCR_EL1+TCR2_EL1");
  const all = candidateGroups([vhe]).flatMap(({ registers }) => registers);
  expect(new Set(all).size).toBe(all.length);
});

test("a candidate is one under every configuration", () => {
  const bare = { ...vhe, lists: { ...vhe.lists, guest: { ...vhe.lists.guest } } };
  bare.lists.guest.save = { ...bare.lists.guest.save, el1: ["PIR_EL1", "TCR_EL1"] };
  expect(names([vhe, bare])).toContain("PIR_EL1");
  // TCR_EL1 alone here, with TCR2_EL1 there.
  expect(names([vhe, bare]).filter((name) => /TCR|MAIR/.test(name))).toEqual([]);
});

test("every switched register is a candidate or says why not", () => {
  const candidates = candidateGroups([nvhe]);
  const rest = untrackable([nvhe], candidates);
  expect(rest.find(({ register }) => register === "ESR_EL1")?.reason).toContain("without a write that traps");
  expect(rest.find(({ register }) => register === "CNTKCTL_EL1")?.reason).toContain("traps writes to");
  const { el1 } = nvhe.lists.guest.save;
  const named = [
    ...candidates.flatMap(({ registers }) => registers),
    ...rest.map(({ register }) => register),
  ];
  expect(el1.filter((name) => !named.includes(name))).toEqual([]);
});

test("the host stays eager but for the registers of the posted patch", () => {
  expect(candidateGroup(["PIR_EL1"]).host).toBe("dirty-once");
  expect(candidateGroup(["PIR_EL1", "PIRE0_EL1"]).host).toBe("dirty-once");
  expect(candidateGroup(["PIR_EL1", "MAIR_EL1"]).host).toBe("eager");
  expect(candidateGroup(["MAIR_EL1"]).host).toBe("eager");
});

test("groups merge as the rule says, and never against trap bits or save points", () => {
  const may = (rule: (typeof mergeRules)[number], a: string, b: string): boolean =>
    mayMerge(rule, [nvhe])(candidateGroup([a]), candidateGroup([b]));
  const allowed = (a: string, b: string) => mergeRules.filter((rule) => may(rule, a, b));
  expect(allowed("PIR_EL1", "PIRE0_EL1")).toEqual(["feature", "any"]);
  expect(allowed("PIR_EL1", "MAIR_EL1")).toEqual(["any"]);
  // Without TCR2_EL1, with which it shares its bit.
  expect(allowed("TCR_EL1", "MAIR_EL1")).toEqual([]);
  expect(allowed("ESR_EL1", "MAIR_EL1")).toEqual([]);
  // Under VHE the one is saved at each exit, the other at put.
  expect(mayMerge("any", [vhe])(candidateGroup(["MDSCR_EL1"]), candidateGroup(["MAIR_EL1"]))).toBe(false);
});
