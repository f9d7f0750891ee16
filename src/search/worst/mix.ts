import { components, greatestCycle, meanOf, type Cycle, type Edge } from "./cycle-mean.js";

/** A long walk: how much of it goes round which cycle. Shares add up to 1. */
export interface Mix {
  readonly parts: readonly { readonly cycle: Cycle; readonly share: number }[];
}

/** The mean of a weight along a mix. */
export const mixMean = ({ parts }: Mix, weights: ArrayLike<number>): number =>
  parts.reduce((sum, { cycle, share }) => sum + share * meanOf(cycle, weights), 0);

/**
 * The walk whose mean weight is the greatest while its mean rate is at most `limit`: at most two cycles of one
 * component, found at the multiplier of the rate at which both weigh the same (the dual of a linear program over
 * circulations with one constraint). Undefined where every walk goes beyond the limit.
 */
export function greatestMix(
  nodes: number,
  edges: readonly Edge[],
  weights: Float64Array,
  rates: Float64Array,
  limit: number,
): Mix | undefined {
  let best: Mix | undefined;
  for (const part of componentsOf(nodes, edges)) {
    const own = part.edges.map((edge) => edges[edge]);
    const local = own.map(({ from, to }) => ({ from: part.number[from], to: part.number[to] }));
    const of = (list: Float64Array): Float64Array => Float64Array.from(part.edges, (edge) => list[edge]);
    const mix = mixWithin(part.nodes, local, of(weights), of(rates), limit);
    if (mix === undefined) continue;
    const named: Mix = {
      parts: mix.parts.map(({ cycle, share }) => ({ cycle: cycle.map((edge) => part.edges[edge]), share })),
    };
    if (best === undefined || mixMean(named, weights) > mixMean(best, weights)) best = named;
  }
  return best;
}

/** Components with an edge inside, and their nodes' numbers in them. */
function componentsOf(nodes: number, edges: readonly Edge[]) {
  const component = components(nodes, edges);
  const inside = new Map<number, number[]>();
  edges.forEach(({ from, to }, edge) => {
    if (component[from] !== component[to]) return;
    const list = inside.get(component[from]);
    if (list === undefined) inside.set(component[from], [edge]);
    else list.push(edge);
  });
  const number = new Int32Array(nodes);
  return [...inside].map(([which, list]) => {
    let count = 0;
    for (let node = 0; node < nodes; node++) if (component[node] === which) number[node] = count++;
    return { nodes: count, number, edges: list };
  });
}

function mixWithin(
  nodes: number,
  edges: readonly Edge[],
  weights: Float64Array,
  rates: Float64Array,
  limit: number,
): Mix | undefined {
  const at = (multiplier: number): Cycle =>
    greatestCycle(
      nodes,
      edges,
      weights.map((weight, edge) => weight - multiplier * rates[edge]),
    );
  let above = at(0);
  if (meanOf(above, rates) <= limit) return alone(above);
  let below = greatestCycle(
    nodes,
    edges,
    rates.map((rate) => 0 - rate),
  );
  if (meanOf(below, rates) > limit) return undefined;
  for (;;) {
    const [highRate, lowRate] = [meanOf(above, rates), meanOf(below, rates)];
    const multiplier = (meanOf(above, weights) - meanOf(below, weights)) / (highRate - lowRate);
    const line = meanOf(above, weights) - multiplier * highRate;
    const next = at(multiplier);
    const rate = meanOf(next, rates);
    const gain = meanOf(next, weights) - multiplier * rate - line;
    const isNew = rate > limit ? rate < highRate || gain > 0 : rate > lowRate || gain > 0;
    if (gain <= 1e-9 * (1 + Math.abs(line)) || !isNew) {
      const share = (limit - lowRate) / (highRate - lowRate);
      if (share === 0) return alone(below);
      return {
        parts: [
          { cycle: above, share },
          { cycle: below, share: 1 - share },
        ],
      };
    }
    if (rate > limit) above = next;
    else below = next;
  }
}

const alone = (cycle: Cycle): Mix => ({ parts: [{ cycle, share: 1 }] });
