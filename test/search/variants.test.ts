import { expect, test } from "vitest";
import { TraplineError } from "#src/errors.js";
import { findPolicy } from "#src/policies/find.js";
import { isOfRule, parseRule, policyVariants } from "#src/search/variants.js";
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

test("parameters make groups adaptive", () => {
  const axes = [parseRule("traps=1,4"), parseRule("windows=4,8"), parseRule("eager=64")];
  const variants = policyVariants([findPolicy("dirty-each")], axes, vhe);
  expect(variants.map(({ name }) => name)).toEqual([
    "dirty-each+traps-1+windows-4+eager-64",
    "dirty-each+traps-1+windows-8+eager-64",
    "dirty-each+traps-4+windows-4+eager-64",
    "dirty-each+traps-4+windows-8+eager-64",
  ]);
  expect(variants[3].fixed?.groups[0].adaptive).toEqual({ traps: 4, windows: 8, eager: 64 });
  const [alone] = policyVariants([findPolicy("adaptive:1-2-3")], [parseRule("traps=4")], vhe);
  expect(alone.fixed?.groups[0].adaptive).toEqual({ traps: 4, windows: 4, eager: 3 });
  expect(() => policyVariants([pie], [parseRule("traps=some")], vhe)).toThrow("a whole number");
});

test("of a grid the points that there cannot be are passed over, and told of", () => {
  const told: string[] = [];
  const axes = [parseRule("traps=1,4"), parseRule("windows=8,2")];
  const variants = policyVariants([findPolicy("dirty-each")], axes, vhe, ({ message, place }) => {
    told.push(`${place.file}: ${message}`);
  });
  expect(variants.map(({ name }) => name.replace("dirty-each+", ""))).toEqual([
    "traps-1+windows-8",
    "traps-1+windows-2",
    "traps-4+windows-8",
  ]);
  expect(told).toEqual([
    "--rule, dirty-each+traps-4+windows-2: 4 traps never come in 2 windows, of which each traps once",
  ]);
});

test("a point that there cannot be is refused by its name and with the reason, as one of the rule", () => {
  for (const [texts, name, why] of [
    [["windows=0,4"], "dirty-each+windows-0", "a whole number from 1"],
    [["traps=20", "windows=4"], "dirty-each+traps-20+windows-4", "20 traps never come in 4 windows"],
  ] as const) {
    const error = errorOf(() => policyVariants([findPolicy("dirty-each")], texts.map(parseRule), vhe));
    expect(error).toMatchObject({ code: "usage", place: { file: `--rule, ${name}` } });
    expect(error.message).toContain(why);
    expect(isOfRule(error.place)).toBe(true);
  }
  expect(isOfRule({ file: "a.trl" })).toBe(false);
  expect(isOfRule({})).toBe(false);
});

function errorOf(work: () => unknown): TraplineError {
  try {
    work();
  } catch (error) {
    if (error instanceof TraplineError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
