import { byClass, type ContextNames, type SwitchConfig } from "../../configs/resolve.js";
import type { CountRow } from "../../model/counts.js";
import { createInterpreter, type Interpreter } from "../../model/reference.js";
import type { Group, OraclePrices } from "../../policies/policy.js";
import type { Counts } from "../../prices/cost.js";
import { countNames } from "../../prices/terms.js";
import { Kind } from "../../trace/kinds.js";
import { countGroup } from "../../verdict/groups.js";
import type { Edge } from "./cycle-mean.js";
import { pointsBefore, windowPoints } from "./window.js";

/** A window of a guest: how often it writes, and what that costs and does to the policy's state. */
export interface PolicyEdge extends Edge {
  readonly writes: number;
  readonly cost: number;
}

/** All that a policy's group can do, one window at a time. The guest begins in node 0. */
export interface PolicyGraph {
  readonly nodes: number;
  readonly edges: readonly PolicyEdge[];
  /** Of a window under eager. */
  readonly eagerCost: number;
  /** Of that and of the policy's, what the host's context costs. Once it is saved, each window's is the same. */
  readonly hostCost: number;
  readonly eagerHostCost: number;
}

const priceOf = (counts: Counts, { unitCosts }: OraclePrices): number =>
  countNames.reduce((sum, name) => sum + counts[name] * unitCosts[name], 0);

/**
 * Steps the reference interpreter through windows until nothing new comes: states that are equal as text go on
 * alike. `inputs` are the numbers of writes that a window may have.
 */
export function policyGraph(
  group: Group,
  full: SwitchConfig,
  inputs: readonly number[],
  prices: OraclePrices,
  keys: boolean,
): PolicyGraph {
  const config = cutTo(group, full);
  const policy = { name: "worst", groups: [group], assumeNotHardwareWritten: [] };
  const walk = startWalk(
    () => createInterpreter(naming(group), policy, config),
    (rows) => priceOf(countGroup({ name: "" }, group, rows, [], keys).own, prices),
  );
  const nodes = new Map<string, number>();
  const nodeOf = (state: string): number => {
    const found = nodes.get(state) ?? nodes.size;
    nodes.set(state, found);
    return found;
  };
  const edges: PolicyEdge[] = [];
  /** By node and input: its edge. */
  const known: (number | undefined)[][] = [];
  let node = nodeOf(walk.state());
  for (;;) {
    const input = inputs.findIndex((_, each) => known[node]?.[each] === undefined);
    if (input >= 0) {
      const cost = walk.step(inputs[input]);
      const to = nodeOf(walk.state());
      (known[node] ??= [])[input] = edges.length;
      edges.push({ from: node, to, writes: inputs[input], cost });
      node = to;
      continue;
    }
    // Back to where something is left to try, or to the beginning, which leads everywhere.
    const way = pathTo(edges, node, (each) => inputs.some((_, at) => known[each]?.[at] === undefined));
    if (way === undefined) {
      const first = pathTo(edges, 0, (each) => inputs.some((_, at) => known[each]?.[at] === undefined));
      if (first === undefined) break;
      walk.restart();
      node = 0;
      continue;
    }
    for (const edge of way) {
      walk.step(edges[edge].writes);
      node = edges[edge].to;
    }
  }
  const eager = startWalk(
    () => createInterpreter(naming(group), { ...policy, groups: [] }, config),
    (rows) => priceOf(countGroup({ name: "" }, group, [], rows, keys).eager, prices),
  );
  return {
    nodes: nodes.size,
    edges,
    eagerCost: eager.step(0),
    hostCost: walk.hostCost(),
    eagerHostCost: eager.hostCost(),
  };
}

const naming = ({ registers }: Group) => ({
  registers: ["", registers[0]],
  places: [0, 0],
  vcpus: 1,
  pcpus: 1,
});

/** What is not of the group costs the same under every policy. */
function cutTo(group: Group, config: SwitchConfig): SwitchConfig {
  const cut = ({ save, restore }: ContextNames): ContextNames => ({
    save: byClass((each) => save[each].filter((name) => group.registers.includes(name))),
    restore: byClass((each) => restore[each].filter((name) => group.registers.includes(name))),
  });
  return { ...config, lists: { guest: cut(config.lists.guest), host: cut(config.lists.host) } };
}

/** A guest that goes on window by window, and what each of them costs. */
function startWalk(create: () => Interpreter, priceRows: (rows: readonly CountRow[]) => number) {
  let interpreter: Interpreter;
  let before: number;
  let hostBefore = 0;
  let host = 0;
  const event = (kind: number, register: number): void =>
    interpreter.step({ kind, register, place: 0, hasValue: false, lo: 0 });
  const costs = (): void => {
    const rows = interpreter.rows();
    const of = (context: "guest" | "host"): number =>
      priceRows(rows.filter((row) => row.context === context));
    host = of("host");
    before = of("guest") + host;
  };
  const step = (writes: number): number => {
    const [last, lastHost] = [before, host];
    windowPoints.forEach(({ kind }, number) => {
      if (number === pointsBefore) {
        for (let write = 0; write < writes; write++) event(Kind.guestWrite, 1);
      }
      event(kind, 0);
    });
    costs();
    hostBefore = host - lastHost;
    return before - last;
  };
  const restart = (): void => {
    interpreter = create();
    before = host = 0;
    // The first window is another's, as the first trap of a trial is: registers come in for the first time.
    step(0);
  };
  restart();
  return { restart, step, state: () => interpreter.state(), hostCost: () => hostBefore };
}

/** The shortest way from a node to one that is wanted, as edges; undefined where there is none. */
export function pathTo(
  edges: readonly Edge[],
  from: number,
  wanted: (node: number) => boolean,
): number[] | undefined {
  const out = new Map<number, number[]>();
  edges.forEach((edge, number) => out.set(edge.from, [...(out.get(edge.from) ?? []), number]));
  const reachedBy = new Map<number, number | undefined>([[from, undefined]]);
  const waiting = [from];
  for (let at = 0; at < waiting.length; at++) {
    let node = waiting[at];
    if (wanted(node)) {
      const way: number[] = [];
      for (let by = reachedBy.get(node); by !== undefined; by = reachedBy.get(node)) {
        way.unshift(by);
        node = edges[by].from;
      }
      return way;
    }
    for (const edge of out.get(node) ?? []) {
      if (reachedBy.has(edges[edge].to)) continue;
      reachedBy.set(edges[edge].to, edge);
      waiting.push(edges[edge].to);
    }
  }
  return undefined;
}
