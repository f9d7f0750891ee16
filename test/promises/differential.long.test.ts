/**
 * Whole replays of files against the reference interpreter: shards, threads, parts; policies, configurations and
 * recordings by chance. How many: TRAPLINE_RANDOM_TRACES; which: TRAPLINE_SEED, which is printed at the start.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { kernelVersions } from "#src/configs/kernels.js";
import { TraplineError } from "#src/errors.js";
import { createInterpreter } from "#src/model/reference.js";
import { parsePolicy } from "#src/policies/file.js";
import type { PolicyDefinition } from "#src/policies/policy.js";
import { builtinPolicies, builtinPolicy } from "#src/policies/registry.js";
import { registerByName } from "#src/registers/lookup.js";
import { features } from "#src/registers/register.js";
import { assign, type ConfigChoice } from "#src/replay/config.js";
import { mergeParts, runPart } from "#src/replay/part.js";
import { makePlan } from "#src/replay/make-plan.js";
import type { Plan } from "#src/replay/plan.js";
import { namingOf } from "#src/replay/prepare.js";
import { replayPlan } from "#src/replay/replay.js";
import { traceEvents } from "#src/trace/events.js";
import { openTrace } from "#src/trace/reader.js";
import { fields, temporaryFolder, writeTrace, type Sample } from "../trace/support.js";
import { randomTraces, seed } from "./long-seed.js";
import { createRandom, randomConfig, randomEvents, randomPolicy, type Random } from "./random-traces.js";

const folder = temporaryFolder();

/** A policy as a file has it. */
function policyFile(random: Random, name: string): PolicyDefinition {
  const { groups } = randomPolicy(random, randomConfig(random));
  const text = JSON.stringify({
    name,
    groups: groups.map(({ name: own, ...group }) => ({ name: own, ...group })),
  });
  return parsePolicy(
    random.chance(0.5) ? text : JSON.stringify(JSON.parse(text), undefined, 2),
    `${name}.yaml`,
  );
}

/** Policies that a trace can answer under a choice; others are refused, each with a reason. */
function answered(
  path: string,
  asked: readonly PolicyDefinition[],
  choice: ConfigChoice,
): PolicyDefinition[] {
  const trace = openTrace(path);
  try {
    return asked.filter((policy) => {
      try {
        assign(trace.header, [policy], choice, path);
        return true;
      } catch (error) {
        if (error instanceof TraplineError) return false;
        throw error;
      }
    });
  } finally {
    trace.close();
  }
}

function judge(path: string, asked: readonly PolicyDefinition[], choice: ConfigChoice): string {
  const trace = openTrace(path);
  try {
    const { assignments } = assign(trace.header, asked, choice, path);
    const naming = namingOf(trace.header);
    const interpreters = assignments.map(({ policy, config }) => createInterpreter(naming, policy, config));
    for (const event of traceEvents(trace)) for (const each of interpreters) each.step(event);
    return JSON.stringify(
      assignments.map(({ policy }, at) => ({ policy: policy.name, rows: interpreters[at].rows() })),
    );
  } finally {
    trace.close();
  }
}

/** A recording like a hypervisor's, in blocks and dictionaries of any size. */
function randomTrace(random: Random, path: string): void {
  const [vcpus, pcpus] = [1 + random.below(4), 1 + random.below(3)];
  const names = Object.values(randomConfig(random).lists.guest.restore).flat();
  const registers = [...new Set(names)];
  const codes = registers.map((name) => registerByName(name)!.encoding);
  const samples = randomEvents(random, registers, vcpus, pcpus).map(
    ({ kind, register, place, hasValue, lo }, time): Sample => ({
      kind,
      encoding: register === 0 ? 0 : codes[register - 1],
      pcpu: Math.floor(place / vcpus),
      vcpu: place % vcpus,
      time,
      value: hasValue ? [lo, 0] : undefined,
    }),
  );
  const own = codes.filter((_, at) => random.chance(at < 4 ? 1 : 0.8));
  const recorded = { guestSave: own, guestRestore: own, hostSave: own, hostRestore: own };
  const capabilities = { ...fields.capabilities, pauthUse: "trapped" as const };
  const limits = {
    level: 0,
    blockEvents: random.one([1, 16, 65_536]),
    numberedWindows: random.one([0, 2, 0xffff, 0xffff]),
    windowWords: random.one([1, 7, 0x1_0000]),
  };
  writeTrace(path, samples, limits, { ...fields, mode: random.one(["vhe", "nvhe"]), recorded, capabilities });
}

const files = randomTraces(400);

describe("through files, on recordings like a hypervisor's", () => {
  it(`${files} of them: policies built in and from files, any configuration, shards, threads and parts`, async () => {
    const seen = { policies: 0, users: 0, refused: 0, threads: 0, kernels: 0 };
    for (let number = 0; number < files; number++) {
      const random = createRandom((seed + number) >>> 0);
      const path = join(folder, `${number % 8}.trl`);
      randomTrace(random, path);
      const choice: ConfigChoice = {
        ...(random.chance(0.5) ? { mode: random.one(["vhe", "nvhe"] as const) } : {}),
        ...(random.chance(0.5)
          ? { kernel: random.one(kernelVersions), features: random.some([...features], 0.5) }
          : {}),
      };
      if (choice.kernel !== undefined) seen.kernels++;
      const named = `adaptive:1-${1 + random.below(3)}-${1 + random.below(9)}`;
      const asked = [
        ...random.some(builtinPolicies, 0.6),
        builtinPolicy(named)!,
        policyFile(random, "first"),
        policyFile(random, "second"),
      ];
      const policies = answered(path, asked, choice);
      seen.policies += policies.length;
      seen.refused += asked.length - policies.length;
      seen.users += policies.filter(({ name }) => name === "first" || name === "second").length;
      const expected = judge(path, policies, choice);
      const shardWindows = random.one([1, 2, 7, 100, 1 << 22]);
      const plan = makePlan([path], { policies, choice, shardWindows });
      // A pool takes as long to start as many small traces to count.
      const threads = number % 25 === 0 ? 1 + random.below(3) : 0;
      if (threads > 0) seen.threads++;
      const found: string[] = [];
      const options = {
        threads,
        taskWindows: random.one([1, 5, 1 << 20]),
        ...(threads > 0 ? { inlineWork: -1 } : {}),
      };
      for await (const counts of replayPlan(plan, options)) found.push(JSON.stringify(counts.policies));
      const what = `TRAPLINE_SEED=${seed}, trace ${number}`;
      if (number % 10 === 0) found.push(await inParts(plan, random));
      expect([what, ...found]).toEqual([what, ...found.map(() => expected)]);
      expect(found.length).toBeGreaterThan(0);
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(files / 50);
    expect(seen.users).toBeGreaterThan(files / 4);
  });
});

/** A plan's slices, each run by itself to a part, and merged in another order. */
async function inParts(plan: Plan, random: Random): Promise<string> {
  const count = Math.max(1, Math.min(plan.shards, 1 + random.below(4)));
  const parts: string[] = [];
  for (let index = 1; index <= count; index++) {
    const part = join(folder, `part${index}.json`);
    writeFileSync(part, await runPart(plan, index, count, { threads: 0 }));
    parts.push(part);
  }
  const [counts] = mergeParts(random.chance(0.5) ? parts : parts.toReversed()).counts;
  return JSON.stringify(counts.policies);
}
