import type { Mode } from "#src/configs/points.js";
import { trackGroups, type TrackedGroup } from "#src/model/tracked.js";
import type { Group } from "#src/policies/policy.js";
import { Kind } from "#src/trace/kinds.js";
import { stepKindOf, stepOf } from "#src/trace/windows/step.js";
import { configOf, policyOf } from "./dsl.js";

/** A group as the engine tracks it, in a trace whose dictionary is its registers and those of `others`. */
export function trackedGroup(mode: Mode, group: Group, ...others: readonly string[]): TrackedGroup {
  const names = ["", ...group.registers, ...others];
  const config = configOf(mode, ...group.registers, ...others);
  return trackGroups(names, [{ policy: policyOf(group), config }]).groups[0];
}

/** Steps: `w` writes the first register, `w2` the second, `r`, `ew` and `er` are a read and what was emulated. */
export function stepsOf(text: string): number[] {
  const kinds: Readonly<Record<string, number>> = {
    w: Kind.guestWrite,
    r: Kind.guestRead,
    ew: Kind.emulatedWrite,
    er: Kind.emulatedRead,
    load: Kind.load,
    put: Kind.put,
    start: Kind.runStart,
    end: Kind.runEnd,
    entry: Kind.entry,
    exit: Kind.fullExit,
  };
  return text.split(" ").map((word) => {
    const [, name, register] = /^([a-z]+)(\d*)$/.exec(word) ?? [];
    const kind = kinds[name];
    if (kind === undefined) throw new Error(`no step ${word}`);
    return kind <= Kind.fullExit ? stepKindOf(kind) : stepOf(kind, Number(register || "1"));
  });
}
