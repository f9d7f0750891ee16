import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { hasPauth } from "#src/configs/pauth.js";
import { findPolicy } from "#src/policies/find.js";
import { loadProfile } from "#src/prices/load.js";
import { priceValues } from "#src/prices/profile.js";
import { drawPrices } from "#src/prices/range.js";
import type { TraceCounts } from "#src/replay/merge.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { clopperPearson } from "#src/verdict/binomial.js";
import { pooledRows } from "#src/verdict/pooled.js";
import { checkResamples, sampleWindows, type Sampling } from "#src/verdict/sampling.js";
import { samplingNotes } from "#src/verdict/sampling-notes.js";
import { weigh } from "#src/verdict/group-weights.js";
import { measures } from "#src/verdict/window-sums.js";
import { priceCounts } from "#src/verdict/verdict.js";
import type { VerdictRow } from "#src/verdict/verdict-row.js";
import { recording, temporaryFolder } from "../cli/program.js";

const folder = temporaryFolder();
const paths = ["kvm-vhe", "kvm-nvhe"].map((name) => join(folder, `${name}.trl`));
const profile = loadProfile("neoverse-n1");
const draws = drawPrices(profile, 1, 100);
const counted: TraceCounts[] = [];
const samplings: Sampling[] = [];

beforeAll(async () => {
  const names = ["dirty-pie", "dirty-each", "tvm", "always-trap", "adaptive", "lazy-debug", "hidden"];
  for (const path of paths) {
    // Loads, which bring the FP registers in, are seen under VHE alone.
    const policies = ["eager", ...names, ...(path.includes("nvhe") ? [] : ["lazy-fp"])].map(findPolicy);
    await importTrace(recording(`${path.slice(folder.length + 1, -4)}.tarmac.zst`), path);
    for await (const counts of replayPlan(makePlan([path], { policies, choice: {} }), { threads: 0 })) {
      counted.push(counts);
      samplings.push(sampleWindows(path, counts, 400, 1));
    }
  }
});

const rowsOf = (at: number): VerdictRow[] => priceCounts(counted[at], profile, "none", draws, samplings[at]);

const holds = (interval: readonly [number, number] | null | undefined, value: number | null): boolean =>
  interval !== null &&
  interval !== undefined &&
  value !== null &&
  interval[0] <= value + 1e-9 * Math.abs(value) &&
  value <= interval[1] + 1e-9 * Math.abs(value);

describe("a sample of the windows", () => {
  it("has the counts of the replay, and its time in the guest", () => {
    for (const [at, { groups }] of samplings.entries()) {
      const rows = rowsOf(at);
      const inGuest = counted[at].header.guestTime.reduce((sum, time) => sum + time, 0);
      for (const { policy, group, own, whole } of groups) {
        const row = rows.find((each) => each.policy === policy && each.group === group.name);
        if (row === undefined) throw new Error(`no row of ${policy} ${group.name}`);
        expect([own.windows, own.sums.traps]).toEqual([row.windows, row.traps]);
        expect(whole.sums.traps).toBe(row.traps);
        expect(own.guestTime).toBe(inGuest);
      }
    }
  });

  it("is the same for a seed, and another for another", () => {
    const again = (seed: number): Sampling => sampleWindows(paths[0], counted[0], 400, seed);
    expect(again(1)).toEqual(samplings[0]);
    expect(again(2)).not.toEqual(samplings[0]);
  });

  it("costs at the prices of the verdict what the verdict says, in a group's windows and in its policy's", () => {
    let compared = 0;
    for (const [at, { groups }] of samplings.entries()) {
      const rows = rowsOf(at);
      const { header, config } = counted[at];
      for (const { policy, group, own, whole } of groups) {
        // What a host's context elides is in no window of a guest.
        if (group.host !== "eager") continue;
        const row = rows.find((each) => each.policy === policy && each.group === group.name);
        const weights = weigh(group, hasPauth(config, header.capabilities), priceValues(profile), "none");
        for (const { sums } of [own, whole]) {
          const cost = measures.reduce((sum, measure) => sum + weights[measure] * sums[measure], 0);
          expect(cost).toBeCloseTo(row?.difference.likely ?? Number.NaN, 3);
        }
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(40);
  });

  it("of a policy does not hang on what else is asked", () => {
    for (const [at, { groups }] of samplings.entries()) {
      for (const { policy } of counted[at].assignments) {
        const assignments = counted[at].assignments.filter((each) => each.policy === policy);
        const alone = sampleWindows(paths[at], { ...counted[at], assignments }, 400, 1);
        expect(alone.groups).toEqual(groups.filter((each) => each.policy === policy.name));
      }
    }
  });

  it("takes 0 or from 2 to 100000 resamples", () => {
    for (const wrong of [-1, 1, 1.5, 100_001, Number.NaN]) {
      expect(() => checkResamples(wrong)).toThrow(/--resamples takes/);
    }
    for (const right of [0, 2, 100_000]) expect(() => checkResamples(right)).not.toThrow();
  });
});

describe("the intervals of a row", () => {
  it("hold what the row says", () => {
    let rates = 0;
    for (const row of [...rowsOf(0), ...rowsOf(1)]) {
      if (row.interval === null) continue;
      rates++;
      const { writeShare, trapsPerGuestSecond, difference, perGuestSecond } = row.interval;
      expect(row.writeShare === null || holds(writeShare, row.writeShare)).toBe(true);
      expect(holds(trapsPerGuestSecond, row.trapsPerGuestSecond)).toBe(true);
      expect(holds(difference, row.difference.likely)).toBe(true);
      expect(holds(perGuestSecond, row.perGuestSecond)).toBe(true);
    }
    expect(rates).toBeGreaterThan(30);
  });

  it("are exact where no window trapped, and hold the exact one where few did", () => {
    const tracked = [0, 1].flatMap((at) =>
      rowsOf(at).flatMap(({ policy, group, interval, writeShare, windows }) => {
        const sample = samplings[at].groups.find(
          (each) => each.policy === policy && each.group.name === group,
        );
        if (interval?.writeShare == null || sample === undefined || writeShare === null) return [];
        const { trapped, sums } = sample.own;
        return [{ ...interval, share: interval.writeShare, trapped, windows, once: sums.traps === trapped }];
      }),
    );
    const none = tracked.filter(({ trapped }) => trapped === 0);
    expect(none.map(({ method, share }) => [method, ...share])).toEqual(
      none.map(({ windows }) => [
        "clopper-pearson",
        0,
        expect.closeTo(-Math.expm1(Math.log(0.05) / windows), 9),
      ]),
    );
    const few = tracked.filter(({ trapped, once }) => trapped > 0 && trapped < 10 && once);
    const holdsExact = few.map(({ method, share, trapped, windows }) => {
      const [low, high] = clopperPearson(trapped, windows);
      return [method, holds(share, low), holds(share, high)];
    });
    expect(holdsExact).toEqual(few.map(() => ["both", true, true]));
    const many = tracked.filter(({ trapped, windows }) => trapped >= 10 && windows - trapped >= 10);
    expect(new Set(many.map(({ method }) => method))).toEqual(new Set(["bootstrap"]));
    expect(Math.min(none.length, few.length, many.length)).toBeGreaterThan(1);
    const methods = [...rowsOf(0), ...rowsOf(1)].map(({ interval }) => interval?.method);
    expect(methods).toEqual(expect.arrayContaining(["clopper-pearson", "both", "bootstrap", undefined]));
  });

  it("of a group that is saved when dirty go with its traps: the cost is a line in the share", () => {
    const row = rowsOf(1).find(({ group }) => group === "CONTEXTIDR_EL1");
    if (row === undefined) throw new Error("no such row");
    const { interval, windows, traps, difference } = row;
    if (interval?.method !== "bootstrap" || interval.writeShare === null) throw new Error("not resampled");
    const atTraps = (of: number): number => difference.likely + slope * (of - traps);
    const [[low, high], cost] = [interval.writeShare, interval.difference];
    const slope = (cost[1] - cost[0]) / ((high - low) * windows);
    expect(atTraps(low * windows)).toBeCloseTo(cost[0], 3);
    // A trap costs its own price, the update and a save.
    expect(slope).toBeCloseTo(row.trapPrice + 22, -2);
  });

  it("are none for a policy that hides what the guest uses, and without a sample", () => {
    const hidden = rowsOf(0).filter(({ policy }) => policy === "hidden");
    expect(hidden.length).toBeGreaterThan(0);
    expect(hidden.every(({ interval }) => interval === null)).toBe(true);
    const plain = priceCounts(counted[0], profile, "none", draws);
    expect(plain.every(({ interval }) => interval === null)).toBe(true);
    const { interval: _, ...rest } = plain[1];
    const { interval: __, ...same } = rowsOf(0)[1];
    expect(same).toEqual(rest);
  });

  it("come with what they assume", () => {
    const notes = samplingNotes(rowsOf(0), []).join(" ");
    expect(notes).toContain("same all through a recording");
    expect(notes).toContain("about 3/n");
    expect(samplingNotes(priceCounts(counted[0], profile, "none", draws), [])).toEqual([]);
  });
});

describe("several recordings together", () => {
  const named = (rows: readonly VerdictRow[], trace: string): VerdictRow[] =>
    rows.map((row) => ({ ...row, trace }));

  it("are the sums of those with the same configuration", () => {
    const rows = [...named(rowsOf(0), "a"), ...named(rowsOf(0), "b"), ...named(rowsOf(1), "c")];
    const pooled = pooledRows(rows, 100, 1);
    expect(pooled).toHaveLength(rowsOf(0).length);
    for (const [at, each] of pooled.entries()) {
      const one = rowsOf(0)[at];
      expect(each.recordings).toEqual(["a", "b"]);
      expect(each).toMatchObject({ policy: one.policy, group: one.group, traps: 2 * one.traps });
      expect(each.writeShare).toBe(one.writeShare);
      expect(each.perGuestSecond).toBeCloseTo(one.perGuestSecond ?? Number.NaN, 3);
      // Two are too few to be drawn from.
      expect(each.interval).toBeNull();
    }
  });

  it("have an interval over recordings from three on, of no width where these are the same", () => {
    const found = rowsOf(0).find(({ group }) => group === "TTBR0_EL1");
    if (found === undefined) throw new Error("no such row");
    const three = ["a", "b", "c"].flatMap((trace) => named([found], trace));
    const [same] = pooledRows(three, 500, 1);
    expect(same.interval?.method).toBe("recordings");
    expect(same.interval?.writeShare).toEqual([found.writeShare, found.writeShare]);
    const other = three.map((each, at) => (at === 2 ? { ...each, traps: 10 * each.traps } : each));
    // Each at its own prices: that is said.
    const priced = [{ ...same, profile: "recorded" }];
    const added = "each is priced at its own, and the costs are added";
    expect(samplingNotes([], priced).join(" ")).toContain(added);
    expect(samplingNotes([], [same]).join(" ")).not.toContain(added);
    const [mixed] = pooledRows(other, 500, 1);
    expect(mixed.interval?.writeShare).toEqual([
      found.writeShare,
      expect.closeTo(10 * (found.writeShare ?? 0), 9),
    ]);
    expect(mixed.writeShare).toBeCloseTo(4 * (found.writeShare ?? 0), 9);
    expect(pooledRows(other, 500, 1)).toEqual([mixed]);
    expect(pooledRows(other, 0, 1)[0].interval).toBeNull();
    const [first, second, third] = three;
    const modelled = "exits every=1000";
    expect(pooledRows([first, second, { ...third, modelled }], 0, 1)[0].recordings.length).toBe(2);
    const both = pooledRows([first, { ...second, modelled }, { ...third, modelled }], 0, 1);
    expect(both.map((row) => [row.modelled, row.recordings.length])).toEqual([[modelled, 2]]);
  });
});
