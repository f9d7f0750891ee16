/**
 * No policy beats the oracle of its groups, and no adaptive one exceeds its bound, on random recordings: several
 * vCPUs on several pCPUs, moving between them, in both modes, cut off at both ends. For another number of them:
 * TRAPLINE_RANDOM_TRACES=10000 npx vitest run test/promises/oracle-is-never-beaten.test.ts
 */

import { expect, it } from "vitest";
import { builtinPolicies } from "#src/policies/registry.js";
import { loadProfile, profileNames } from "#src/prices/load.js";
import { priceValues } from "#src/prices/profile.js";
import { unitCosts } from "#src/prices/terms.js";
import { policyBound } from "#src/verdict/bound.js";
import {
  atMost,
  eagerCosts,
  groupCosts,
  policyRows,
  pricesOf,
  rowsOfOracle,
  type Setting,
} from "../model/oracle-support.js";
import {
  createRandom,
  isSound,
  randomConfig,
  randomEvents,
  randomPolicy,
  type Random,
} from "./random-traces.js";

const traces = Number(process.env["TRAPLINE_RANDOM_TRACES"] ?? "300");

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
