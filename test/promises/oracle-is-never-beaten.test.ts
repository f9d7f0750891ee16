/**
 * No policy beats the oracle of its groups, and no adaptive one exceeds its bound, on random recordings: several
 * vCPUs on several pCPUs, moving between them, in both modes, cut off at both ends. For another number of them:
 * TRAPLINE_RANDOM_TRACES=10000 npx vitest run test/promises/oracle-is-never-beaten.test.ts
 */

import { expect, it } from "vitest";
import { byClass, kernelConfig, type ContextNames, type SwitchConfig } from "#src/configs/resolve.js";
import { defaultAdaptive } from "#src/policies/builtin/adaptive.js";
import { checkPolicy } from "#src/policies/check.js";
import type { Adaptive, Group, Policy } from "#src/policies/policy.js";
import { builtinPolicies } from "#src/policies/registry.js";
import { loadProfile, profileNames } from "#src/prices/load.js";
import { priceValues } from "#src/prices/profile.js";
import { uniform } from "#src/prices/random.js";
import { unitCosts } from "#src/prices/terms.js";
import { Kind } from "#src/trace/kinds.js";
import { policyBound } from "#src/verdict/bound.js";
import type { Event } from "../model/dsl.js";
import {
  atMost,
  eagerCosts,
  groupCosts,
  policyRows,
  pricesOf,
  rowsOfOracle,
  type Setting,
} from "../model/oracle-support.js";

const traces = Number(process.env["TRAPLINE_RANDOM_TRACES"] ?? "1000");

type Random = ReturnType<typeof createRandom>;

function createRandom(seed: number) {
  const next = uniform(seed);
  const below = (n: number): number => Math.floor(n * next());
  return {
    below,
    chance: (share: number): boolean => next() < share,
    one: <T>(list: readonly T[]): T => list[below(list.length)],
    some: <T>(list: readonly T[], share: number): T[] => list.filter(() => next() < share),
  };
}

const features = ["TCR2", "S1PIE", "PAUTH"] as const;
const full = { vhe: kernelConfig("vhe", "6.12", features), nvhe: kernelConfig("nvhe", "6.12", features) };

/** A kernel that switches some of the registers, so that a trace is soon interpreted. */
function randomConfig(random: Random): SwitchConfig {
  const base = random.one([full.vhe, full.nvhe]);
  const kept = new Set(random.some(Object.values(base.lists.guest.restore).flat(), random.one([0.1, 0.3])));
  for (const name of ["PIR_EL1", "PIRE0_EL1", "TCR_EL1", "TCR2_EL1"]) kept.add(name);
  const cut = ({ save, restore }: ContextNames): ContextNames => ({
    save: byClass((each) => save[each].filter((name) => kept.has(name))),
    restore: byClass((each) => restore[each].filter((name) => kept.has(name))),
  });
  return { ...base, lists: { guest: cut(base.lists.guest), host: cut(base.lists.host) } };
}

/** vCPUs that are loaded, run, write and are put, on pCPUs that take turns event by event. */
function randomEvents(random: Random, registers: readonly string[], vcpus: number, pcpus: number): Event[] {
  const events: Event[] = [];
  const rates = registers.map(() => random.one([0, 0, 0.02, 0.3, 0.9]));
  const free = new Set(Array.from({ length: vcpus }, (_, vcpu) => vcpu));
  const moves = random.one([0, 0.2, 1]);
  const last: number[] = [];
  const script = function* (pcpu: number): Generator<void> {
    for (;;) {
      const own = [...free].filter(
        (each) => last[each] === undefined || last[each] === pcpu || random.chance(moves),
      );
      if (own.length === 0) {
        yield;
        continue;
      }
      const vcpu = random.one(own);
      free.delete(vcpu);
      last[vcpu] = pcpu;
      const add = (kind: number, register = 0): void => {
        const place = pcpu * vcpus + vcpu;
        events.push({ kind, register, place, hasValue: kind === Kind.guestWrite, lo: random.below(8) });
      };
      add(Kind.load);
      yield;
      for (let runs = random.below(4); runs > 0; runs--) {
        add(Kind.runStart);
        for (let entries = random.below(3); entries > 0; entries--) {
          add(Kind.entry);
          yield;
          for (const [register, rate] of rates.entries()) {
            if (!random.chance(rate)) continue;
            add(
              random.one([Kind.guestWrite, Kind.guestWrite, Kind.guestRead, Kind.emulatedWrite]),
              register + 1,
            );
          }
          add(entries === 1 ? Kind.fullExit : Kind.fastExit);
        }
        yield;
        add(Kind.runEnd);
      }
      add(Kind.put);
      free.add(vcpu);
      yield;
    }
  };
  const scripts = Array.from({ length: pcpus }, (_, pcpu) => script(pcpu));
  for (let turns = 10 + random.below(60); turns > 0; turns--) random.one(scripts).next();
  const from = random.chance(0.3) ? random.below(events.length) : 0;
  return events.slice(from, events.length - (random.chance(0.5) ? random.below(5) : 0));
}

const words = {
  trap: ["first-write", "first-write", "first-write", "first-access", "every-write", "nothing"],
  save: ["dirty", "dirty", "dirty", "always", "open", "never"],
  restore: ["always", "always", "foreign", "open", "never"],
  arm: ["arming-point", "arming-point", "load", "run", "after-save", "until-caches-on"],
  host: ["eager", "eager", "dirty-once"],
  path: ["fast", "full"],
} as const;

const randomAdaptive = (random: Random): Adaptive => {
  if (random.chance(0.1)) return defaultAdaptive;
  const traps = 1 + random.below(3);
  return { traps, windows: traps + random.below(4), eager: 1 + random.below(6) };
};

function isSound(policy: Policy, config: SwitchConfig): boolean {
  try {
    checkPolicy(policy, config);
    return true;
  } catch {
    return false;
  }
}

/** A policy as a user might write it: of each group only what is sound. */
function randomPolicy(random: Random, config: SwitchConfig): Policy {
  const groups: Group[] = [];
  const left = Object.values(config.lists.guest.save).flat();
  for (let tries = 0; tries < 12 && groups.length < 4; tries++) {
    const registers = [...new Set([random.one(left), ...random.some(left, 0.1)])];
    if (registers.includes("TCR_EL1") !== registers.includes("TCR2_EL1"))
      registers.push("TCR_EL1", "TCR2_EL1");
    const trap = random.one(words.trap);
    const group: Group = {
      name: `g${tries}`,
      registers: [...new Set(registers)],
      trap,
      onTrap: trap === "first-write" || trap === "first-access" ? "open" : "emulate",
      save: random.one(words.save),
      restore: random.one(words.restore),
      arm: random.one(words.arm),
      host: random.one(words.host),
      path: random.one(words.path),
      ...(random.chance(0.4) ? { adaptive: randomAdaptive(random) } : {}),
    };
    const policy = { name: "user", groups: [...groups, group], assumeNotHardwareWritten: [] };
    if (isSound(policy, config)) groups.push(group);
  }
  return { name: "user", groups, assumeNotHardwareWritten: [] };
}

const profiles = profileNames().map(loadProfile);
function randomPrices(random: Random) {
  if (random.chance(0.7)) {
    const profile = random.one(profiles);
    const nesting = profile.nesting === "none" ? random.one(["none", "l2", "l2-nv2"] as const) : "none";
    return { profile: profile.name, nesting, unitCosts: unitCosts(priceValues(profile), nesting) };
  }
  const price = (): number => random.one([0, 1, 2, 5, 20, 300]);
  return pricesOf({
    fastTraps: price(),
    fullTraps: price(),
    saves: price(),
    restores: price(),
    trapRegisterUpdates: price(),
    dirtyChecks: price(),
    keySwitches: price(),
    keySaves: price(),
    fpSaves: price(),
    fpRestores: price(),
  });
}

/** What was seen over all traces: a promise about nothing would hold too. */
const seen = { compared: 0, beaten: 0, bounds: 0, changed: 0, users: 0 };

function check(seed: number): void {
  const random = createRandom(seed);
  const config = randomConfig(random);
  const vcpus = 1 + random.below(4);
  const pcpus = 1 + random.below(3);
  const named = [...new Set(Object.values(config.lists.guest.restore).flat())];
  const events = randomEvents(random, named, vcpus, pcpus);
  const places = Array.from({ length: vcpus * pcpus }, (_, place) => [
    Math.floor(place / vcpus),
    place % vcpus,
  ]);
  const setting: Setting = {
    naming: { registers: ["", ...named], places: places.flat(), vcpus, pcpus },
    events,
    config,
    prices: randomPrices(random),
    keys: random.chance(0.5),
  };
  const own = builtinPolicies
    .filter(({ name }) => !["eager", "hidden", "deferred"].includes(name))
    .map((definition) => definition.build(config));
  const learner = randomPolicy(random, config);
  for (const policy of [...own, randomPolicy(random, config), learner]) {
    if (policy.groups.length === 0 || !isSound(policy, config)) continue;
    if (policy.name === "user") seen.users++;
    const rows = policyRows(policy, setting);
    const costs = groupCosts(policy, rows, setting);
    const least = groupCosts(policy, rowsOfOracle(policy, setting), setting);
    const eager = eagerCosts(policy, setting);
    policy.groups.forEach((group, at) => {
      seen.compared++;
      const what = `trace ${seed}, ${policy.name}, ${group.name}: the oracle costs ${least[at]}`;
      if (!atMost(least[at], costs[at])) throw new Error(`${what}, the policy ${costs[at]}`);
      if (!atMost(least[at], eager[at])) throw new Error(`${what}, eager ${eager[at]}`);
      if (least[at] < costs[at] && least[at] < eager[at]) seen.beaten++;
      const bound = policyBound([group], { policy, config }, setting.prices, setting.keys, { vcpus, pcpus });
      if (bound === undefined || bound.ratio === Infinity) return;
      seen.bounds++;
      if (!atMost(costs[at], bound.ratio * least[at] + bound.added)) {
        throw new Error(`${what}, and ${costs[at]} is above ${bound.ratio} times that and ${bound.added}`);
      }
    });
    if (rows.some(({ changes = 0 }) => changes > 0)) seen.changed++;
  }
}

it(
  `the oracle is never beaten, nor a bound exceeded, on ${traces} random traces`,
  { timeout: 120_000 },
  () => {
    for (let seed = 1; seed <= traces; seed++) check(seed);
    expect(seen.users).toBeGreaterThan(traces);
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(traces / 4);
  },
);
