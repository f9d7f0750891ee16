import { eventValue, exchangeValues, type Exchange } from "./values.js";

/** A node of the graph of controls: the bits that its checks read, and the events that lead out of it. */
export interface LiveNode {
  readonly read: number;
  readonly edges: readonly {
    readonly copies: Int8Array;
    /** The node by its lowest names, and how its names were exchanged to get there. */
    readonly next: number;
    readonly way: Exchange;
  }[];
}

/**
 * The values that anybody may still look at, as bits by node: those that a check reads, here or later, before they are
 * written again. What is in a register that will be restored before a guest runs, say, is none of them, so that states
 * which differ in it alone are the same.
 */
export function liveValues(start: number, nodeOf: (number: number) => LiveNode): Map<number, number> {
  const nodes = new Map<number, LiveNode>();
  const into = new Map<number, number[]>();
  const order = [start];
  for (const number of order) {
    if (nodes.has(number)) continue;
    const node = nodeOf(number);
    nodes.set(number, node);
    for (const { next } of node.edges) {
      const sources = into.get(next);
      if (sources === undefined) into.set(next, [number]);
      else if (sources.at(-1) !== number) sources.push(number);
      if (!nodes.has(next)) order.push(next);
    }
  }
  const live = new Map<number, number>();
  for (const number of nodes.keys()) live.set(number, 0);
  const waiting = new Set([...nodes.keys()].toReversed());
  for (const number of waiting) {
    waiting.delete(number);
    const { read, edges } = nodes.get(number)!;
    let mask = read;
    for (const { copies, next, way } of edges) {
      mask |= before(copies, exchangeValues(live.get(next) ?? 0, way));
    }
    if (mask === live.get(number)) continue;
    live.set(number, mask);
    for (const source of into.get(number) ?? []) waiting.add(source);
  }
  return live;
}

/** What must be known before copies for `mask` to be known behind them. */
function before(copies: Int8Array, mask: number): number {
  let word = mask;
  for (let at = copies.length - 2; at >= 0; at -= 2) {
    const to = 1 << copies[at];
    if ((word & to) === 0) continue;
    word &= ~to;
    if (copies[at + 1] !== eventValue) word |= 1 << copies[at + 1];
  }
  return word;
}
