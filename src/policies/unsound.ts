import type { TraplineError } from "../errors.js";
import type { Group } from "./policy.js";

/**
 * Words that describe how a policy can go wrong. A replay counts what works, so it refuses them; `trapline verify`
 * takes them, and shows what they lose.
 */
export function checkWords(
  { opens, marks, claims, hostStarts, emulation, adaptive }: Group,
  refuse: (reason: string, remedy?: string) => TraplineError,
): void {
  const see = "`trapline verify` shows how";
  if (opens === "written" && marks === "written") {
    throw refuse("a trap that opens and marks only what was written makes each register a group", "Say so");
  }
  if (opens === "written") {
    throw refuse(
      "a replay counts groups that open as a whole, and this one opens register by register",
      "Make each register a group",
    );
  }
  if (marks === "written") {
    throw refuse("a trap that opens the group and marks one register loses writes to the others", see);
  }
  if (claims === "any") throw refuse("a handler that claims every trap lets the guest hang", see);
  if (hostStarts === "clean") throw refuse("a host context that starts clean is never saved", see);
  if (emulation === "unmarked" && adaptive === undefined) {
    throw refuse("a write by the hypervisor itself that marks nothing is lost at the next save point", see);
  }
  if (emulation === "unmarked") throw refuse("writes that mark nothing are lost in trials", see);
}
