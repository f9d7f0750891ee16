/** Oracles through the pool, through plans and beside a replay, on recordings. */

import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findPolicy } from "#src/policies/find.js";
import { oracleDefinition } from "#src/policies/oracle.js";
import { loadProfile } from "#src/prices/load.js";
import type { TraceCounts } from "#src/replay/merge.js";
import { oraclePass } from "#src/replay/oracle.js";
import { parsePlan, planText } from "#src/replay/plan-file.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { oraclePrices } from "#src/verdict/oracle-prices.js";
import { outputOf, recording, temporaryFolder } from "../cli/program.js";

const folder = temporaryFolder();
const traces = ["kvm-vhe", "kvm-nvhe"] as const;
const path = (name: string): string => join(folder, `${name}.trl`);
const [none, nested] = (["none", "l2"] as const).map((nesting) =>
  oraclePrices(loadProfile("neoverse-n1"), nesting),
);

beforeAll(() => {
  for (const name of traces) outputOf(["import", recording(`${name}.tarmac.zst`), "-o", path(name)]);
});

async function counted(
  name: string,
  policies: readonly string[],
  options: { threads: number; plan?: boolean },
): Promise<TraceCounts> {
  const oracles = [none, nested].flatMap((prices, at) =>
    policies.map((policy) => oracleDefinition(prices, findPolicy(policy), `o${at}:${policy}`)),
  );
  const made = makePlan([path(name)], { policies: [...policies.map(findPolicy), ...oracles], choice: {} });
  const plan = options.plan === true ? parsePlan(JSON.parse(planText(made)), "plan.json") : made;
  expect(planText(plan)).toBe(planText(made));
  for await (const counts of replayPlan(plan, { threads: options.threads, inlineWork: 0 })) return counts;
  throw new Error("nothing was counted");
}

describe.each(traces)("oracles on %s", (name) => {
  const policies = ["dirty-pie", "dirty-each", "adaptive", "lazy-debug", "tvm", "always-trap"];

  it("are in one pass at all prices what they are one by one, in threads and from a plan's text", async () => {
    const counts = await counted(name, policies, { threads: 0 });
    const again = await counted(name, policies, { threads: 2, plan: true });
    expect(again.policies).toEqual(counts.policies);
    const optimum = await oraclePass(counts, [none, nested]);
    for (const question of [0, 1]) {
      policies.forEach((policy, at) => {
        const own = counts.policies.find((each) => each.policy === `o${question}:${policy}`);
        expect(optimum(question).policies[at]).toEqual({ policy, rows: own?.rows });
      });
    }
    const rows = optimum(0).policies[1].rows;
    expect(rows.some(({ changes = 0 }) => changes > 0)).toBe(true);
  });
});

it("a pass is stopped when it is told to", async () => {
  const counts = await counted("kvm-vhe", ["dirty-each"], { threads: 0 });
  await expect(oraclePass(counts, [none], AbortSignal.abort())).rejects.toThrow("interrupted");
});
