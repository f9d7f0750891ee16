import type { Action, Breach, WorldEvent } from "./event.js";
import type { World } from "./world.js";

/** Events, what the hypervisor does and what is broken, in words. */

export function eventText({ registers }: World, event: WorldEvent): string {
  const { name, value } = event;
  const [vcpu, pcpu] = [`vcpu${event.vcpu}`, `pcpu${event.pcpu}`];
  const register = registers[event.register]?.name ?? "";
  switch (name) {
    case "load":
      return `${pcpu} loads ${vcpu}`;
    case "put":
      return `${pcpu} puts ${vcpu}`;
    case "enter":
      return `${vcpu} enters`;
    case "exit":
      return `${vcpu} exits`;
    case "idle-run":
      return `a run of ${vcpu} that does not enter`;
    case "fast-exit":
      return `${vcpu} exits and is back (fast path)`;
    case "write":
      return `${vcpu} writes ${register} = ${value}`;
    case "trapped-write":
      return `${vcpu} writes ${register} = ${value}, not yet again`;
    case "retry":
      return `${vcpu} tries again: ${register} = ${value}`;
    case "other-trap":
      return `${vcpu} writes ${register}, traps for another cause`;
    case "read":
      return `${vcpu} reads ${register}`;
    case "hardware-write":
      return `hardware sets ${register} of ${vcpu} = ${value}`;
    case "user-write":
      return `user space sets ${register} of ${vcpu} = ${value}`;
    case "emulate":
      return `hypervisor sets ${register} of ${vcpu} = ${value}`;
    default:
      return `the host of ${pcpu} writes ${register} = ${value}`;
  }
}

const verbs: Readonly<Record<Action["what"], string>> = {
  traps: "trap",
  opens: "opens",
  marks: "marks",
  emulates: "makes the write of",
  saves: "saves",
  leaves: "not saved",
  restores: "restores",
  skips: "not restored",
  "saves-host": "saves the host's",
  "leaves-host": "host's not saved",
  "restores-host": "restores the host's",
};

/** What is said of a trap, whichever register it was. */
const ofTraps: readonly Action["what"][] = ["traps", "opens", "marks", "emulates"];

/** In the order in which the hypervisor does it; what it moves, of one register alone. */
export const actionsText = (actions: readonly Action[], register: string): string =>
  actions
    .filter(({ what, registers }) => ofTraps.includes(what) || registers.includes(register))
    .map(({ what, registers }) =>
      what === "traps" || !ofTraps.includes(what) ? verbs[what] : `${verbs[what]} ${registers.join(" ")}`,
    )
    .join(", ");

export function breachText({ registers }: World, breach: Breach): string {
  const { invariant, expected, found } = breach;
  const [vcpu, pcpu] = [`vcpu${breach.vcpu}`, `pcpu${breach.pcpu}`];
  const register = registers[breach.register]?.name ?? "";
  switch (invariant) {
    case "guest-reads":
      return `${vcpu} would read ${register} = ${found} on ${pcpu}, and its own value is ${expected}`;
    case "memory-right":
      return `${vcpu} is not loaded, and its memory copy of ${register} is ${found} where its own value is ${expected}`;
    case "host-reads":
      return `the host of ${pcpu} has ${register} = ${found}, and its own value is ${expected}`;
    case "open-is-dirty":
      return `${register} of ${vcpu} is open and would not be saved: its next write is lost`;
    default:
      return `the trap is called handled and nothing that caused it is gone: ${vcpu} takes it again without end`;
  }
}
