import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { builtinPolicy } from "#src/policies/registry.js";
import { assign } from "#src/replay/config.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { makeResult } from "#src/replay/result.js";
import { collectTimeline } from "#src/report/html/timeline/collect.js";
import { openTrace } from "#src/trace/reader.js";
import { firstLines, importInto, temporaryFolder } from "../../../cli/program.js";

const folder = temporaryFolder();
const names = ["kvm-vhe", "kvm-nvhe"];
const traceOf = (name: string): string => join(folder, `${name}.trl`);
const policies = ["eager", "dirty-pie", "dirty-each", "adaptive"].flatMap(
  (name) => builtinPolicy(name) ?? [],
);

beforeAll(async () => {
  for (const name of names) {
    const cut = join(folder, `${name}.tarmac`);
    writeFileSync(cut, await firstLines(`${name}.tarmac.zst`, 40_000));
    importInto(traceOf(name), cut);
  }
}, 120_000);

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

describe.each(names)("the timeline of %s", (name) => {
  const path = traceOf(name);

  it("sums to what a replay counts of each vCPU, whatever the policy", async () => {
    const trace = openTrace(path);
    trace.close();
    const { assignments, config } = assign(trace.header, policies, {}, path);
    const timeline = await collectTimeline(path, name, config.mode, assignments);
    const plan = makePlan([path], { policies, choice: {} });
    for await (const counts of replayPlan(plan, { threads: 0 })) {
      const { policies: counted } = makeResult([counts], "test", true);
      for (const { policy, vcpus = [] } of counted) {
        for (const what of ["traps", "saves"] as const) {
          const column = timeline.columns.findIndex((each) => each.what === what && each.of === policy);
          for (const own of timeline.vcpus) {
            const vcpu = vcpus.find(({ vm, mpidr }) => vm === own.vcpu.vm && mpidr === own.vcpu.mpidr);
            expect([policy, what, sum(own.counts[column])]).toEqual([policy, what, vcpu?.totals[what]]);
          }
        }
      }
    }
    const { header } = trace;
    const exits = timeline.columns.flatMap(({ what }, at) => (what === "exits" ? [at] : []));
    const counted = sum(timeline.vcpus.flatMap(({ counts }) => exits.map((at) => sum(counts[at]))));
    expect(counted).toBe(header.exits.reduce((total, row) => total + row[5], 0));
  });

  it("has windows in order, none over another", async () => {
    const timeline = await collectTimeline(path, name, undefined, []);
    expect(timeline.windowIs).toBe(name === "kvm-vhe" ? "load to put" : "run");
    for (const { starts, lengths, windows } of timeline.vcpus) {
      expect(windows).toBeGreaterThan(0);
      for (let at = 1; at < windows; at++) {
        expect(starts[at]).toBeGreaterThanOrEqual(starts[at - 1] + lengths[at - 1]);
      }
    }
  });
});
