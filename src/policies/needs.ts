import { switchedClasses, type Point } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { TraplineError } from "../errors.js";
import { capabilityText, type Capabilities, type Capability } from "../trace/capabilities.js";
import { armPoint, groupClasses } from "./group-points.js";
import type { Policy } from "./policy.js";

/** A capability that a policy needs of a trace, and what for. */
export interface Need {
  readonly capability: Capability;
  /** Values of the capability that serve; `true` for those that are yes or no. */
  readonly enough: readonly (string | boolean)[];
  readonly why: string;
}

const pointNeeds: Readonly<Record<Point, Capability>> = {
  load: "loads",
  put: "loads",
  "run-start": "runs",
  "run-end": "runs",
  entry: "entries",
  exit: "entries",
};

/** Everything that a trace must have seen for a policy to be replayed exactly. */
export function policyNeeds(policy: Policy, config: SwitchConfig): Need[] {
  const needs = new Map<string, Need>();
  const need = (capability: Capability, enough: readonly (string | boolean)[], why: string): void => {
    if (!needs.has(capability)) needs.set(capability, { capability, enough, why });
  };
  const point = (at: Point, why: string): void => {
    const capability = pointNeeds[at];
    need(capability, capability === "entries" ? ["all"] : [true], why);
  };

  const named = new Set(policy.groups.flatMap(groupClasses));
  for (const each of switchedClasses) {
    const listed = config.lists.guest.save[each].length + config.lists.guest.restore[each].length > 0;
    if (!listed && !named.has(each)) continue;
    const { guest, host } = config.points[each];
    point(guest.save, `registers of class ${each} are saved at ${guest.save}`);
    point(guest.restore, `registers of class ${each} are restored at ${guest.restore}`);
    if (host === undefined) continue;
    point(host.save, `the host's registers of class ${each} are saved at ${host.save}`);
    point(host.restore, `the host's registers of class ${each} are restored at ${host.restore}`);
  }
  for (const group of policy.groups) {
    const classes = groupClasses(group);
    const arm = armPoint(group, config);
    if (arm !== undefined) point(arm, `group ${group.name} is armed at ${arm}`);
    if (group.arm === "until-caches-on") need("values", [true], `SCTLR_EL1 tells whether the caches are on`);
    if (group.trap === "nothing") continue;
    if (classes.includes("fp")) {
      need("fpUse", ["first-use"], `group ${group.name} traps the use of FP registers`);
      continue;
    }
    need("guestWrites", ["all"], `group ${group.name} traps writes`);
    if (group.trap === "first-access" || group.trap === "undefined") {
      need("guestReads", ["all", "filtered"], `group ${group.name} traps reads`);
    }
    if (classes.includes("keys") && group.trap === "first-access") {
      need(
        "pauthUse",
        ["trapped", "modelled"],
        `group ${group.name} traps pointer authentication instructions`,
      );
    }
  }
  return [...needs.values()];
}

/**
 * Refuses to replay a policy on a trace that did not see what it needs.
 * @param isBaseline - Nobody may have asked for it: others are compared with it, and bring registers in
 */
export function checkNeeds(
  policy: Policy,
  config: SwitchConfig,
  capabilities: Capabilities,
  file: string,
  isBaseline = false,
): void {
  for (const { capability, enough, why } of policyNeeds(policy, config)) {
    const has = capabilities[capability];
    if (enough.includes(has)) continue;
    const seen = typeof has === "boolean" ? "not recorded" : `recorded: ${has}`;
    throw new TraplineError(
      "unsupported",
      `policy "${policy.name}"${isBaseline ? ", which all are compared with," : ""} needs ${capabilityText[capability]} (${why}), which this trace does not have (${seen})`,
      { file },
      isBaseline
        ? "Record again with what it needs, or leave out the policies that bring such registers in"
        : "Leave the policy out, or record again with what it needs",
    );
  }
}
