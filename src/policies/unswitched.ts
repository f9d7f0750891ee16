import type { SwitchConfig } from "../configs/resolve.js";
import type { Group, Policy } from "./policy.js";

/** Groups that are to elide saves or restores, and of which this configuration switches no register: their traps buy nothing. */
export function unswitchedGroups({ groups }: Policy, { lists: { guest } }: SwitchConfig): Group[] {
  const switched = new Set([guest.save, guest.restore].flatMap((lists) => Object.values(lists).flat()));
  return groups.filter(
    ({ trap, save, restore, registers }) =>
      trap !== "nothing" &&
      trap !== "undefined" &&
      (save !== "always" || restore !== "always") &&
      !registers.some((name) => switched.has(name)),
  );
}

/** The same as a note beside what was counted; none where each group has something to elide. */
export function unswitchedNotes(policy: Policy, config: SwitchConfig): string[] {
  const registers = unswitchedGroups(policy, config).flatMap((group) => group.registers);
  if (registers.length === 0) return [];
  const { kernel, features } = config;
  const who =
    kernel === "recorded"
      ? "The recorded kernel"
      : `Kernel ${kernel}, for a VM with ${features.length === 0 ? "no features" : features.join(" ")},`;
  const remedy = kernel === "recorded" ? "" : " Name the VM's features with --features.";
  return [
    `${who} does not switch ${registers.join(", ")}: what ${policy.name} traps there is counted, and nothing can be elided.${remedy}`,
  ];
}
