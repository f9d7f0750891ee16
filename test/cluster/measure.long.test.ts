import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { measureCosts } from "#src/cluster/measure.js";
import { findPolicy } from "#src/policies/find.js";
import { oracleDefinition } from "#src/policies/oracle.js";
import { makePlan } from "#src/replay/make-plan.js";
import { writeSynthetic } from "../../bench/synthetic.js";
import { jsonOf, outputOf, refusal, temporaryFolder, trapline } from "../cli/program.js";
import { pricesOf } from "../model/oracle-support.js";

describe("plan --estimate", () => {
  const trace = join(temporaryFolder(), "t.trl");
  const events = writeSynthetic(trace, {
    seed: 1,
    events: 60_000,
    vcpus: 2,
    length: 8,
    writes: 2,
    distinct: 90,
  });

  it("measures every kind of shard of a plan", async () => {
    const oracle = oracleDefinition(pricesOf({ fastTraps: 5 }), findPolicy("dirty-each"), "oracle");
    const policies = [findPolicy("dirty-each"), findPolicy("adaptive"), oracle];
    const measured = await measureCosts(makePlan([trace], { policies, choice: {} }));
    expect(measured.work).toMatchObject({ traces: 1, events });
    const { stretches, wholes } = measured.work;
    expect([stretches.length, wholes.length]).toEqual([1, 2]);
    for (const seconds of [...wholes, ...Object.values(measured.costs)]) expect(seconds).toBeGreaterThan(0);
  });

  it("prints a table, or JSON with what it rests on", () => {
    expect(outputOf(["plan", trace, "-p", "eager,dirty-each", "--estimate", "--disk", "2G"])).toMatch(
      /^\d+ events in 1 traces: .*\n.*\n.*\n.*\n--disk: 2.15 GB\/s.\n\nevents +traces +workers .* bottleneck/,
    );
    const found = jsonOf(["plan", trace, "-p", "dirty-each", "--estimate", "--json"]);
    expect(found).toMatchObject({ schema: "trapline.estimate/1", events, limits: {} });
    expect(found).toHaveProperty("estimates.length", 5 * 7);
  });

  it("refuses its options elsewhere, and rates that are none", () => {
    expect(trapline(["plan", trace, "--disk", "2G"])).toEqual(refusal(2, /--disk and --network go with/));
    expect(trapline(["plan", trace, "--estimate", "--disk", "fast"])).toEqual(
      refusal(2, /--disk takes a size such as/),
    );
  });
});
