/** An edge of a graph whose nodes are numbered from 0. */
export interface Edge {
  readonly from: number;
  readonly to: number;
}

/** A closed walk, its edges by their numbers in the list, in order. */
export type Cycle = readonly number[];

/**
 * A cycle whose mean weight is the greatest, in a graph in which every node is reached from every other and has an
 * edge. Howard's policy iteration, as in A. Dasdan, "Experimental analysis of the fastest optimum cycle ratio and
 * mean algorithms", ACM TODAES 9(4), 2004: exact but for rounding.
 */
export function greatestCycle(nodes: number, edges: readonly Edge[], weights: Float64Array): Cycle {
  const scale = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const slack = 1e-11 * scale;
  const value = new Float64Array(nodes).fill(-Infinity);
  /** By node: the edge that is taken from it. */
  const taken = new Int32Array(nodes).fill(-1);
  edges.forEach(({ from }, edge) => {
    if (weights[edge] <= value[from]) return;
    value[from] = weights[edge];
    taken[from] = edge;
  });
  for (;;) {
    const cycle = bestTaken(edges, taken, weights);
    const mean = meanOf(cycle, weights);
    evaluate(edges, taken, weights, mean, edges[cycle[0]].from, value);
    let better = false;
    edges.forEach(({ from, to }, edge) => {
      const found = value[to] + weights[edge] - mean;
      const gain = found - value[from];
      if (gain <= 0) return;
      if (gain > slack * (1 + nodes)) better = true;
      value[from] = found;
      taken[from] = edge;
    });
    if (!better) return cycle;
  }
}

export const meanOf = (cycle: Cycle, weights: ArrayLike<number>): number =>
  cycle.reduce((sum, edge) => sum + weights[edge], 0) / cycle.length;

/** The cycle with the greatest mean among those that the taken edges close. */
function bestTaken(edges: readonly Edge[], taken: Int32Array, weights: Float64Array): Cycle {
  const seenFrom = new Int32Array(taken.length).fill(-1);
  let best: Cycle = [];
  let most = -Infinity;
  for (let start = 0; start < taken.length; start++) {
    let node = start;
    while (seenFrom[node] < 0) {
      seenFrom[node] = start;
      node = edges[taken[node]].to;
    }
    if (seenFrom[node] !== start) continue;
    const cycle: number[] = [];
    const first = node;
    do {
      cycle.push(taken[node]);
      node = edges[taken[node]].to;
    } while (node !== first);
    const mean = meanOf(cycle, weights);
    if (mean > most) {
      most = mean;
      best = cycle;
    }
  }
  return best;
}

/** Values of the nodes from which the taken edges lead to `root`; the others keep theirs. */
function evaluate(
  edges: readonly Edge[],
  taken: Int32Array,
  weights: Float64Array,
  mean: number,
  root: number,
  value: Float64Array,
): void {
  const into: number[][] = Array.from({ length: taken.length }, () => []);
  taken.forEach((edge, node) => {
    if (node !== root) into[edges[edge].to].push(node);
  });
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const before of into[node]) {
      value[before] = value[node] + weights[taken[before]] - mean;
      waiting.push(before);
    }
  }
}

/** Numbers of the components in which every node is reached from every other (R. Tarjan), by node. */
export function components(nodes: number, edges: readonly Edge[]): Int32Array {
  const out: number[][] = Array.from({ length: nodes }, () => []);
  for (const { from, to } of edges) out[from].push(to);
  const number = new Int32Array(nodes).fill(-1);
  const low = new Int32Array(nodes);
  const component = new Int32Array(nodes).fill(-1);
  const stack: number[] = [];
  let count = 0;
  let found = 0;
  for (let root = 0; root < nodes; root++) {
    if (number[root] >= 0) continue;
    const open: { node: number; next: number }[] = [{ node: root, next: 0 }];
    while (open.length > 0) {
      const top = open[open.length - 1];
      const { node } = top;
      if (top.next === 0) {
        number[node] = low[node] = count++;
        stack.push(node);
      }
      const to = out[node].at(top.next);
      if (to !== undefined) {
        top.next++;
        if (number[to] < 0) open.push({ node: to, next: 0 });
        else if (component[to] < 0) low[node] = Math.min(low[node], number[to]);
        continue;
      }
      open.pop();
      const above = open.at(-1);
      if (above !== undefined) low[above.node] = Math.min(low[above.node], low[node]);
      if (low[node] !== number[node]) continue;
      for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
        component[member] = found;
        if (member === node) break;
      }
      found++;
    }
  }
  return component;
}
