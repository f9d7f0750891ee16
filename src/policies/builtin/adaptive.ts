import { TraplineError } from "../../errors.js";
import type { Adaptive, PolicyDefinition } from "../policy.js";
import { dirtyEach } from "./dirty-each.js";

/**
 * The parameters with the best bound (`verdict/bound.ts`) at the likely prices of neoverse-n1, or within a
 * twentieth of it. A trap there is the price of 39 saves, or of 73 where it switches keys, so that a second trap in a
 * trial can only raise the bound: the first one decides, and a trial of one window is all it takes. Every further
 * eager window lowers it, towards the price of a save, a test and a restore over that of a test and a restore, 1.64;
 * with 1024 it is 1.68 for a register whose trap switches keys and 1.66 for another. More of them would gain little,
 * and notice later that a guest has stopped.
 */
export const defaultAdaptive: Adaptive = { traps: 1, windows: 1, eager: 1024 };

export const adaptive = withParameters("adaptive", defaultAdaptive);

const prefix = "adaptive:";

/** The policy of a name `adaptive:K-N-M`; none for a name of another kind. Throws `usage`. */
export function adaptiveNamed(name: string): PolicyDefinition | undefined {
  if (!name.startsWith(prefix)) return undefined;
  return withParameters(name, parseAdaptive(name.slice(prefix.length), name));
}

/** Reads `K-N-M`: K traps in N windows, then M eager ones. `what` is for the message. Throws `usage`. */
function parseAdaptive(text: string, what: string): Adaptive {
  const match = /^([1-9]\d{0,8})-([1-9]\d{0,8})-([1-9]\d{0,8})$/.exec(text);
  if (match === null) {
    throw new TraplineError(
      "usage",
      `${what} does not say K-N-M, three whole numbers from 1`,
      {},
      "K traps in N windows make the next M windows eager: adaptive:2-16-256",
    );
  }
  const [traps, windows, eager] = match.slice(1).map(Number);
  return { traps, windows, eager };
}

function withParameters(name: string, parameters: Adaptive): PolicyDefinition {
  const { traps, windows, eager } = parameters;
  return {
    name,
    summary: `The groups of dirty-each learn: each is trapped until ${count(traps, "trap")} came in ${count(windows, "window")}, then left open and saved eagerly for ${count(eager, "window")}, then tried again. adaptive:K-N-M has other numbers.`,
    source: "Ski rental: pay by the trap until the traps have cost enough, then pay by the save",
    build(config) {
      const policy = dirtyEach.build(config);
      return { ...policy, name, groups: policy.groups.map((group) => ({ ...group, adaptive: parameters })) };
    },
  };
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
