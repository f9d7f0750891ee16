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
