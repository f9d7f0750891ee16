import { describe, expect, it } from "vitest";
import type { Costs } from "#src/cluster/costs.js";
import { estimateAt, estimateBest, scaleWork, type Work } from "#src/cluster/estimate.js";

const costs: Costs = {
  perWindow: 1e-8,
  perShard: 0.002,
  perPrepare: 0.01,
  perEventOpened: 0,
  perDelivery: 0.003,
  perJob: 0.0005,
  perSubmit: 0.001,
  perMerge: 0.001,
  perTrace: 0.01,
  fixed: 1,
  answerBytes: 1e6,
};
/** A trace of 2^30 windows, eight events each, which take ten seconds of a thread. */
const windows = 2 ** 30;
const work: Work = {
  events: 8 * windows,
  traces: 1,
  stretches: [{ windows, seconds: 10 }],
  wholes: [],
  bytes: 2e9,
};
const same = scaleWork(work, work.events);

describe("an estimate", () => {
  it("is the arithmetic of its costs", () => {
    const found = estimateAt(costs, same, 1, 2 ** 20);
    // 1024 shards of 5 ms beside their windows.
    expect(found).toMatchObject({ shards: 1024, bottleneck: "workers", events: 8 * windows });
    expect(found.seconds).toBeCloseTo(1 + 10 + 1024 * 0.005 + 0.01, 6);
    expect(found.readRate).toBeCloseTo(2e9 / (found.seconds - 1), 0);
  });

  it("names what is slowest", () => {
    const at = (workers: number, size: number, limits = {}): string =>
      estimateAt(costs, same, workers, size, limits).bottleneck;
    expect(at(4, 2 ** 24)).toBe("workers");
    expect(at(4, 2 ** 30)).toBe("longest shard");
    expect(at(100, 2 ** 20)).toBe("submitter");
    expect(estimateAt({ ...costs, perJob: 0.01 }, same, 100, 2 ** 20).bottleneck).toBe("Redis");
    expect(at(4, 2 ** 24, { disk: 1e8 })).toBe("disk");
    expect(at(4, 2 ** 20, { network: 1e8 })).toBe("network");
    expect(at(4, 2 ** 24, { cores: 2 })).toBe("cores");
    expect(estimateAt({ ...costs, fixed: 100 }, same, 4, 2 ** 24).bottleneck).toBe("start");
  });

  it("counts rounds where shards are few beside the workers", () => {
    // Nine of ten workers wait while one does the eleventh.
    const eleven = { ...work, stretches: [{ windows: 11 * 2 ** 26, seconds: 11 }] };
    const none = { ...costs, perShard: 0, perDelivery: 0, perPrepare: 0 };
    const found = estimateAt(none, scaleWork(eleven, eleven.events), 10, 2 ** 26);
    expect([found.shards, found.seconds]).toEqual([11, expect.closeTo(3, 6)]);
  });

  it("takes no less for more events, and no more for more workers at their best shard sizes", () => {
    let before = 0;
    for (const events of [1e9, 1e10, 1e11, 1e12]) {
      const times = [1, 10, 100, 1000, 10_000].map((workers) =>
        estimateBest(costs, scaleWork(work, events), workers),
      );
      times
        .slice(1)
        .forEach(({ seconds }, at) => expect(seconds).toBeLessThanOrEqual(1.05 * times[at].seconds));
      expect(times[0].seconds).toBeGreaterThan(before);
      before = times[0].seconds;
    }
  });

  it("makes traces longer up to 1e10 events, and then more of them; what goes through one stays whole", () => {
    const carried: Work = { ...work, wholes: [5] };
    const [longer, more] = [1e10, 1e12].map((events) => scaleWork(carried, events));
    expect(estimateAt(costs, longer, 1, 2 ** 30)).toMatchObject({ traces: 1 });
    expect(estimateAt(costs, more, 1, 2 ** 30)).toMatchObject({ traces: 100 });
    const best = estimateBest(costs, more, 10_000);
    expect(best.bottleneck).toBe("longest shard");
    expect(best.seconds).toBeGreaterThan((5 * 1e10) / work.events);
  });

  it("chooses shards of a million windows or more, several a worker where that costs nothing", () => {
    for (const events of [1e9, 1e10, 1e11, 1e12]) {
      for (const workers of [1, 2, 4, 10, 100, 1000, 10_000]) {
        const scaled = scaleWork(work, events);
        const best = estimateBest(costs, scaled, workers);
        expect(best.shardWindows).toBeGreaterThanOrEqual(2 ** 20);
        const least = Math.min(
          ...Array.from(
            { length: 11 },
            (_, at) => estimateAt(costs, scaled, workers, 2 ** (20 + at)).seconds,
          ),
        );
        expect(best.seconds).toBeLessThanOrEqual(1.05 * least);
        const isShared = best.bottleneck !== "workers" || workers === 1 || best.shards >= 2 * workers;
        expect({ best, isShared }).toMatchObject({ isShared: true });
      }
    }
    expect(estimateBest(costs, scaleWork(work, 1e11), 10).shards).toBeGreaterThanOrEqual(80);
  });
});
