import type { SwitchConfig } from "../../configs/resolve.js";
import { hasOracle } from "../../model/oracle.js";
import { hasLazyKeys } from "../../policies/lazy-keys.js";
import { beginnings, oracleGroup } from "../../model/oracle-group.js";
import { vectorPrices } from "../../model/oracle-prices.js";
import type { Group, OraclePrices } from "../../policies/policy.js";
import { groupBound, type Bound } from "../../verdict/bound.js";
import { meanOf, type Cycle, type Edge } from "./cycle-mean.js";
import { greatestMix, mixMean, type Mix } from "./mix.js";
import { policyGraph, type PolicyEdge, type PolicyGraph } from "./policy-graph.js";
import { oracleWindow } from "./window.js";

/** Writes in each window of a guest that goes round and round. */
export interface Round {
  readonly writes: readonly number[];
  /** Its edges, by their numbers in the policy's graph. */
  readonly cycle: Cycle;
  /** Of all windows, those that are of this round. */
  readonly share: number;
}

/** A guest, in the long run: what a window of it costs on average. */
export interface WorstGuest {
  readonly rounds: readonly Round[];
  /** Share of windows that write; of a group whose every write traps, writes a window. */
  readonly rate: number;
  readonly policy: number;
  readonly eager: number;
  /** Null for what is hidden: it has no oracle. */
  readonly oracle: number | null;
}

export interface WorstGroup {
  readonly group: Group;
  readonly graph: PolicyGraph;
  /** The guest that costs the policy most against eager, and the one against the oracle. */
  readonly againstEager: WorstGuest;
  readonly againstOracle: WorstGuest | undefined;
  readonly bound: Bound | undefined;
}

interface JointEdge extends Edge {
  /** Its number in the policy's graph. */
  readonly own: number;
  readonly cost: number;
  readonly writes: number;
  readonly oracle: number;
}

/** Whether each write of a window may trap, not its first alone. */
export const trapsEach = ({ trap }: Group): boolean => trap === "every-write" || trap === "undefined";

/**
 * The guests that hurt a group most, with at most `limit` written windows a window (for traps of every write: at
 * most `limit` writes).
 */
export function worstGroup(
  group: Group,
  config: SwitchConfig,
  limit: number,
  prices: OraclePrices,
  keys: boolean,
): WorstGroup {
  const inputs = trapsEach(group) && limit > 1 ? [0, 1, Math.ceil(limit)] : [0, 1];
  const graph = policyGraph(group, config, inputs, prices, keys);
  // What an oracle chooses for the guest's keys moves the host's, which its windows do not show.
  const isFree = hasOracle(group) && !hasLazyKeys(group);
  const joint = isFree ? jointGraph(graph, group, config, prices, keys) : undefined;
  const { edges } = graph;
  const guestOf = (mix: Mix): WorstGuest => {
    const mean = (of: (edge: PolicyEdge) => number): number => mixMean(mix, edges.map(of));
    const rounds = mix.parts.map(({ cycle, share }): Round => {
      const writes = cycle.map((at) => edges[at].writes);
      return { writes, cycle, share };
    });
    return {
      rounds,
      rate: mean(({ writes }) => writes),
      policy: mean(({ cost }) => cost),
      eager: graph.eagerCost,
      oracle:
        joint === undefined
          ? null
          : rounds.reduce((sum, { writes, share }) => sum + share * leastOn(writes, group, joint), 0),
    };
  };
  const costs = Float64Array.from(edges, ({ cost }) => cost);
  const rates = Float64Array.from(edges, ({ writes }) => writes);
  return {
    group,
    graph,
    againstEager: guestOf(mixOf(graph.nodes, edges, costs, rates, limit)),
    againstOracle: joint === undefined ? undefined : guestOf(greatestRatio(joint, limit)),
    bound: groupBound(group, config, prices, keys),
  };
}

interface JointGraph {
  readonly nodes: number;
  readonly edges: readonly JointEdge[];
  /** What an oracle's window costs: from a state, with so many writes, armed or left. */
  readonly windowCost: (from: number, writes: number, left: boolean) => { to: number; cost: number };
}

/** A policy's group and an oracle beside it that may choose anything: the worst guest makes it choose the best. */
function jointGraph(
  graph: PolicyGraph,
  group: Group,
  config: SwitchConfig,
  prices: OraclePrices,
  keys: boolean,
): JointGraph {
  const shape = oracleGroup(group, config);
  const vector = vectorPrices(shape, prices, keys);
  const tests = shape.saved.reduce((sum, _, which) => sum - vector[shape.at.untested + which], 0);
  const host = Math.min(graph.hostCost, graph.eagerHostCost);
  const known = new Map<string, { to: number; cost: number }>();
  const windowCost = (from: number, writes: number, left: boolean): { to: number; cost: number } => {
    const key = `${from} ${writes} ${left}`;
    let found = known.get(key);
    if (found === undefined) {
      const { to, counts } = oracleWindow(shape, from, writes, left);
      const cost = counts.reduce((sum, count, at) => sum + count * vector[at], tests + host);
      known.set(key, (found = { to, cost }));
    }
    return found;
  };
  const choices = group.trap === "nothing" ? [true] : [false, true];
  const numbers = new Map<string, number>();
  const waiting: { node: number; own: number; state: number }[] = [];
  const nodeOf = (own: number, state: number): number => {
    const key = `${own} ${state}`;
    let node = numbers.get(key);
    if (node === undefined) {
      numbers.set(key, (node = numbers.size));
      waiting.push({ node, own, state });
    }
    return node;
  };
  const out: number[][] = Array.from({ length: graph.nodes }, () => []);
  graph.edges.forEach(({ from }, edge) => out[from].push(edge));
  const edges: JointEdge[] = [];
  for (const state of beginnings(group)) nodeOf(0, state);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { node, own, state } = at;
    for (const edge of out[own]) {
      const { to: next, writes, cost } = graph.edges[edge];
      for (const left of choices) {
        const { to, cost: oracle } = windowCost(state, writes, left);
        edges.push({ from: node, to: nodeOf(next, to), own: edge, cost, writes, oracle });
      }
    }
  }
  return { nodes: numbers.size, edges, windowCost };
}

/** The mix of the policy's cycles with the greatest ratio of its cost to the oracle's: W. Dinkelbach's method. */
function greatestRatio({ nodes, edges }: JointGraph, limit: number): Mix {
  const own = Float64Array.from(edges, ({ cost }) => cost);
  const least = Float64Array.from(edges, ({ oracle }) => oracle);
  const rates = Float64Array.from(edges, ({ writes }) => writes);
  let best: Mix | undefined;
  for (let ratio = 1; ;) {
    const weights = own.map((cost, at) => cost - ratio * least[at]);
    const mix = mixOf(nodes, edges, weights, rates, limit);
    const floor = mixMean(mix, least);
    const cost = mixMean(mix, own);
    const found = cost <= 0 ? 0 : floor <= 0 ? Infinity : cost / floor;
    if (best !== undefined && !(found > ratio * (1 + 1e-9))) break;
    best = mix;
    if (found === Infinity) break;
    ratio = found;
  }
  return {
    parts: best.parts.map(({ cycle, share }) => ({ cycle: cycle.map((edge) => edges[edge].own), share })),
  };
}

/** Of the greatest weight: far below what any price is known to. */
const writeNudge = 1e-7;

function mixOf(
  nodes: number,
  edges: readonly Edge[],
  weights: Float64Array,
  rates: Float64Array,
  limit: number,
): Mix {
  // Of walks that weigh the same, one with fewer writes: it says what hurts.
  const scale = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const nudged = weights.map((weight, edge) => weight - writeNudge * scale * rates[edge]);
  const mix = greatestMix(nodes, edges, nudged, rates, limit);
  if (mix === undefined) throw new Error("a guest that never writes is within every limit");
  return mix;
}

/** The least that an oracle pays for a window of a guest that goes round these. */
function leastOn(writes: readonly number[], group: Group, { windowCost }: JointGraph): number {
  const choices = group.trap === "nothing" ? [true] : [false, true];
  const numbers = new Map<string, number>();
  const waiting: { at: number; state: number; node: number }[] = [];
  const nodeOf = (at: number, state: number): number => {
    const key = `${at} ${state}`;
    let node = numbers.get(key);
    if (node === undefined) {
      numbers.set(key, (node = numbers.size));
      waiting.push({ at, state, node });
    }
    return node;
  };
  const edges: Edge[] = [];
  const costs: number[] = [];
  for (const state of beginnings(group)) nodeOf(0, state);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const left of choices) {
      const { to, cost } = windowCost(next.state, writes[next.at], left);
      edges.push({ from: next.node, to: nodeOf((next.at + 1) % writes.length, to) });
      costs.push(0 - cost);
    }
  }
  const weights = Float64Array.from(costs);
  const mix = greatestMix(numbers.size, edges, weights, new Float64Array(costs.length), 0);
  return mix === undefined ? 0 : 0 - meanOf(mix.parts[0].cycle, weights);
}
