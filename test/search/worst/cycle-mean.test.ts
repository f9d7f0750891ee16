import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { components, greatestCycle, meanOf, type Cycle, type Edge } from "#src/search/worst/cycle-mean.js";
import { greatestMix, mixMean } from "#src/search/worst/mix.js";

/** All cycles that come past no node twice, each once. */
function simpleCycles(nodes: number, edges: readonly Edge[]): Cycle[] {
  const found: number[][] = [];
  for (let start = 0; start < nodes; start++) {
    const walk = (node: number, way: readonly number[], seen: ReadonlySet<number>): void => {
      edges.forEach(({ from, to }, edge) => {
        if (from !== node || to < start) return;
        if (to === start) found.push([...way, edge]);
        else if (!seen.has(to)) walk(to, [...way, edge], new Set([...seen, to]));
      });
    };
    walk(start, [], new Set([start]));
  }
  return found;
}

const graph = fc.integer({ min: 1, max: 6 }).chain((nodes) =>
  fc.record({
    nodes: fc.constant(nodes),
    edges: fc.array(
      fc.record({
        from: fc.nat(nodes - 1),
        to: fc.nat(nodes - 1),
        weight: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ min: -1e4, max: 1e4, noNaN: true })),
        rate: fc.constantFrom(0, 0, 1, 2),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  }),
);

const near = (a: number, b: number, scale: number): boolean => Math.abs(a - b) <= 1e-7 * (1 + scale);

describe("the greatest cycle", () => {
  it("has the greatest mean of all simple cycles, in each component", () => {
    fc.assert(
      fc.property(graph, ({ nodes, edges }) => {
        const component = components(nodes, edges);
        for (const which of new Set(component)) {
          const members = [...component.keys()].filter((node) => component[node] === which);
          const own = edges
            .filter(({ from, to }) => component[from] === which && component[to] === which)
            .map((edge) => ({ ...edge, from: members.indexOf(edge.from), to: members.indexOf(edge.to) }));
          const cycles = simpleCycles(members.length, own);
          expect(cycles.length > 0).toBe(own.length > 0);
          if (own.length === 0) continue;
          const weights = Float64Array.from(own, ({ weight }) => weight);
          const most = Math.max(...cycles.map((cycle) => meanOf(cycle, weights)));
          const found = greatestCycle(members.length, own, weights);
          found.forEach((edge, at) => expect(own[edge].to).toBe(own[found[(at + 1) % found.length]].from));
          if (!near(meanOf(found, weights), most, 1e4))
            throw new Error(`${meanOf(found, weights)} is not ${most}`);
        }
      }),
      { numRuns: 500, seed: 31 },
    );
  });
});

describe("the greatest mix", () => {
  it("is within the rate, and no two cycles of a component do better together", () => {
    let mixed = 0;
    fc.assert(
      fc.property(graph, fc.constantFrom(0, 0.25, 0.5, 1, 2), ({ nodes, edges }, limit) => {
        const weights = Float64Array.from(edges, ({ weight }) => weight);
        const rates = Float64Array.from(edges, ({ rate }) => rate);
        const component = components(nodes, edges);
        const cycles = simpleCycles(nodes, edges).map((cycle) => ({
          weight: meanOf(cycle, weights),
          rate: meanOf(cycle, rates),
          of: component[edges[cycle[0]].from],
        }));
        let most = -Infinity;
        for (const a of cycles) {
          if (a.rate <= limit) most = Math.max(most, a.weight);
          for (const b of cycles) {
            if (a.of !== b.of || !(a.rate > limit && b.rate < limit)) continue;
            const share = (limit - b.rate) / (a.rate - b.rate);
            most = Math.max(most, share * a.weight + (1 - share) * b.weight);
          }
        }
        const mix = greatestMix(nodes, edges, weights, rates, limit);
        expect(mix === undefined).toBe(most === -Infinity);
        if (mix === undefined) return;
        if (mix.parts.length > 1) mixed++;
        expect(mixMean(mix, rates)).toBeLessThanOrEqual(limit + 1e-9);
        if (!near(mixMean(mix, weights), most, 1e4))
          throw new Error(`${mixMean(mix, weights)} is not ${most}`);
      }),
      { numRuns: 800, seed: 32 },
    );
    expect(mixed).toBeGreaterThan(20);
  });
});
