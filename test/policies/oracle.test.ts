import { describe, expect, it } from "vitest";
import { kernelConfig } from "#src/configs/resolve.js";
import { findPolicy } from "#src/policies/find.js";
import { isOracleName, oracleDefinition } from "#src/policies/oracle.js";
import { noCounts } from "#src/prices/cost.js";

const config = kernelConfig("vhe", "6.12", ["TCR2", "S1PIE"]);
const prices = { profile: "test", nesting: "none", unitCosts: noCounts };

describe("an oracle", () => {
  it("arms the groups of dirty-each, or those of a policy, which need not learn", () => {
    const each = oracleDefinition(prices).build(config);
    expect(each).toMatchObject({ name: "oracle", oracle: prices });
    expect(each.groups).toEqual(findPolicy("dirty-each").build(config).groups);
    const pie = oracleDefinition(prices, findPolicy("dirty-pie")).build(config);
    expect(pie).toMatchObject({ name: "oracle:dirty-pie", groups: [{ name: "PIE" }] });
    const learner = oracleDefinition(prices, findPolicy("adaptive")).build(config);
    expect(learner.groups).toEqual(each.groups);
  });

  it("has no choice where the guest does not have what is named, and none beyond its own", () => {
    expect(() => oracleDefinition(prices, findPolicy("hidden")).build(config)).toThrow("there is no choice");
    expect(() => oracleDefinition(prices, oracleDefinition(prices))).toThrow("knows the future already");
  });

  it("is not found without prices", () => {
    expect(["oracle", "oracle:dirty-pie", "oracles", "my-oracle"].map(isOracleName)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(() => findPolicy("oracle")).toThrow("at all prices");
  });
});
