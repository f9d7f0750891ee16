import { expect, test } from "vitest";
import { findPolicy } from "#src/policies/find.js";
import { parseRule, policyVariants } from "#src/search/variants.js";
import { vhe } from "./support.js";

const pie = findPolicy("dirty-pie");

test("every combination of words is a policy of its own, named after them", () => {
  const axes = [parseRule("host=eager,dirty-once"), parseRule("arm=load")];
  const variants = policyVariants([pie, findPolicy("dirty-each")], axes, vhe);
  expect(variants.map(({ name }) => name)).toEqual([
    "dirty-pie+host-eager+arm-load",
    "dirty-pie+host-dirty-once+arm-load",
    "dirty-each+host-eager+arm-load",
    "dirty-each+host-dirty-once+arm-load",
  ]);
  const [group] = pie.build(vhe).groups;
  expect(variants[0].fixed?.groups).toEqual([{ ...group, host: "eager", arm: "load" }]);
  const hosts = variants[3].fixed?.groups.map(({ host }) => host);
  expect(new Set(hosts)).toEqual(new Set(["dirty-once"]));
});

test("without words the policies are what they are", () => {
  expect(policyVariants([pie], [], vhe)).toEqual([pie]);
});

test("a word or value that no rule has is refused", () => {
  for (const text of ["name=x", "host", "host=", "host=a,,b", "=eager"]) {
    expect(() => parseRule(text)).toThrow("--rule");
  }
  expect(() => policyVariants([pie], [parseRule("host=sometimes")], vhe)).toThrow("sometimes");
});

test("parameters make groups adaptive; more traps than windows are no combination", () => {
  const axes = [parseRule("traps=1,4"), parseRule("windows=2,8"), parseRule("eager=64")];
  const variants = policyVariants([findPolicy("dirty-each")], axes, vhe);
  expect(variants.map(({ name }) => name)).toEqual([
    "dirty-each+traps-1+windows-2+eager-64",
    "dirty-each+traps-1+windows-8+eager-64",
    "dirty-each+traps-4+windows-8+eager-64",
  ]);
  expect(variants[2].fixed?.groups[0].adaptive).toEqual({ traps: 4, windows: 8, eager: 64 });
  const [alone] = policyVariants([findPolicy("adaptive:1-2-3")], [parseRule("traps=4")], vhe);
  expect(alone.fixed?.groups[0].adaptive).toEqual({ traps: 4, windows: 4, eager: 3 });
  expect(() => policyVariants([pie], [parseRule("traps=some")], vhe)).toThrow("a whole number");
});
