import { checksOf, brokenValue, type Checks } from "./checks.js";
import { controlKey, exchanged, exchangesOf, firstControl, type Control } from "./control.js";
import type { Action, Breach, Invariant, WorldEvent } from "./event.js";
import { movesOf } from "./moves.js";
import { liveValues } from "./live.js";
import {
  allValues,
  bitOf,
  exchangeValues,
  firstValues,
  guestBit,
  levelValues,
  moveValues,
  type Exchange,
} from "./values.js";
import { createVisited } from "./visited.js";
import type { World } from "./world.js";

/** An event on the way to a breach, and the values behind it. */
export interface PathStep {
  readonly event: WorldEvent;
  readonly actions: readonly Action[];
  readonly values: number;
}

/** The shortest way to break an invariant. */
export interface Finding {
  readonly breach: Breach;
  readonly steps: readonly PathStep[];
}

export interface Exploration {
  /** States that were reached; of those that differ in names of vCPUs, pCPUs or values alone, one. */
  readonly states: number;
  /** Events that were tried in them. */
  readonly events: number;
  /** One for each invariant that is broken, the shortest first. */
  readonly findings: readonly Finding[];
}

/** What is worked out once for all states that differ in values alone. */
interface Node {
  readonly control: Control;
  checks: Checks | undefined;
  moves: readonly Edge[] | undefined;
  /** The lowest number that exchanging names leads to, and the ways that do. */
  lowest: { readonly node: number; readonly ways: readonly Exchange[] } | undefined;
}

interface Edge {
  readonly event: WorldEvent;
  readonly actions: readonly Action[];
  readonly copies: Int8Array;
  readonly value: number;
  readonly next: number;
  readonly breach: Breach | undefined;
}

/**
 * Explores every state that a world can reach, the nearest first. The rules are those of the reference interpreter,
 * which is asked once for what does not depend on values; the values are carried beside it. A state whose values are
 * wrong is not gone on from.
 *
 * @param reduced - States are one that differ in names, in the names of values, or in values that nobody will look at.
 */
export function explore(world: World, reduced = true): Exploration {
  const nodes: Node[] = [];
  const numbers = new Map<string, number>();
  const registers = world.registers.length;
  const exchanges = exchangesOf(world).slice(0, reduced ? undefined : 1);
  // A value of SCTLR_EL1 means something where traps last until the caches are on.
  const isLevelled = reduced && !world.policy.groups.some(({ arm }) => arm === "until-caches-on");

  function numberOf(control: Control): number {
    const key = controlKey(world, control);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, nodes.length);
    nodes.push({ control, checks: undefined, moves: undefined, lowest: undefined });
    return nodes.length - 1;
  }

  function checksAt(number: number): Checks {
    const node = nodes[number];
    node.checks ??= checksOf(world, node.control);
    return node.checks;
  }

  function edgesOf(number: number): readonly Edge[] {
    const node = nodes[number];
    node.moves ??= movesOf(world, node.control).map(({ event, actions, copies, next, breach }): Edge => ({
      event,
      actions,
      copies: Int8Array.from(copies),
      // A pending write's own value is not the event's.
      value: Math.max(0, event.value),
      next: breach === undefined ? numberOf(next) : number,
      breach,
    }));
    return node.moves;
  }

  function lowestOf(number: number): NonNullable<Node["lowest"]> {
    const node = nodes[number];
    if (node.lowest === undefined) {
      const reached = exchanges.map((way) => numberOf(exchanged(node.control, way)));
      const least = Math.min(...reached);
      node.lowest = { node: least, ways: exchanges.filter((_, at) => reached[at] === least) };
    }
    return node.lowest;
  }

  /** One state for all that differ in names: the node's number is `lowestOf`, and these are the values. */
  function leastValues(number: number, values: number): number {
    const { node, ways } = lowestOf(number);
    const { pending } = nodes[node].control;
    const mask = live.get(node) ?? allValues;
    let least = Infinity;
    for (const way of ways) {
      const swapped = exchangeValues(values, way) & mask;
      const word = isLevelled ? levelValues(swapped, registers, pending) & mask : swapped;
      if (word < least) least = word;
    }
    return least;
  }

  const start = numberOf(firstControl(world));
  const live = reduced
    ? liveValues(lowestOf(start).node, (number) => ({
        read: checksAt(number).equal.reduce(
          (mask, { expected, found }) => mask | (1 << expected) | (1 << found),
          0,
        ),
        edges: edgesOf(number).map(({ copies, next }) => {
          const { node, ways } = lowestOf(next);
          return { copies, next: node, way: ways[0] };
        }),
      }))
    : new Map<number, number>();
  const visited = createVisited();
  const found = new Map<
    Invariant,
    { readonly breach: Breach; readonly state: number; readonly last?: Edge }
  >();
  visited.add(lowestOf(start).node, leastValues(start, firstValues), -1);
  let events = 0;
  for (let state = 0; state < visited.size; state++) {
    const number = visited.control(state);
    const values = visited.values(state);
    const checks = checksAt(number);
    for (const breach of checks.broken) {
      if (!found.has(breach.invariant)) found.set(breach.invariant, { breach, state });
    }
    const wrong = brokenValue(checks, values);
    if (wrong !== undefined) {
      if (!found.has(wrong.invariant)) found.set(wrong.invariant, { breach: wrong, state });
      continue;
    }
    for (const edge of edgesOf(number)) {
      events++;
      if (edge.breach !== undefined) {
        const { breach } = edge;
        if (!found.has(breach.invariant)) found.set(breach.invariant, { breach, state, last: edge });
        continue;
      }
      const after = moveValues(values, edge.copies, edge.value);
      visited.add(lowestOf(edge.next).node, leastValues(edge.next, after), state);
    }
  }

  /** The way to a state as it would be seen: names stay what they are from the first event to the last. */
  function pathTo(state: number): {
    readonly steps: PathStep[];
    readonly number: number;
    readonly values: number;
  } {
    const chain: number[] = [];
    for (let at = state; at >= 0; at = visited.parent(at)) chain.unshift(at);
    let number = start;
    let values = firstValues;
    const steps: PathStep[] = [];
    for (const wanted of chain.slice(1)) {
      const control = visited.control(wanted);
      const word = visited.values(wanted);
      for (const { event, actions, copies, value, next, breach } of edgesOf(number)) {
        if (breach !== undefined) continue;
        const after = moveValues(values, copies, value);
        if (lowestOf(next).node !== control || leastValues(next, after) !== word) continue;
        number = next;
        values = after;
        // A pending write's value is known when it is made.
        const shown =
          event.name === "retry" ? bitOf(after, guestBit(event.vcpu, event.register)) : event.value;
        steps.push({ event: { ...event, value: shown }, actions, values });
        break;
      }
    }
    return { steps, number, values };
  }

  const findings = Array.from(found.values(), ({ breach, state, last }): Finding => {
    const { steps, number, values } = pathTo(state);
    if (last !== undefined) {
      // The same event, by the names that the way there has.
      const own = edgesOf(number).find((edge) => edge.breach !== undefined) ?? last;
      const event = { event: own.event, actions: own.actions, values };
      return { breach: own.breach ?? breach, steps: [...steps, event] };
    }
    const checks = checksAt(number);
    const same = checks.broken.find(({ invariant }) => invariant === breach.invariant);
    return { breach: same ?? brokenValue(checks, values) ?? breach, steps };
  });
  return {
    states: visited.size,
    events,
    findings: findings.toSorted((a, b) => a.steps.length - b.steps.length),
  };
}
