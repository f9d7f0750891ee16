import { switchedClasses } from "../../configs/points.js";
import type { SwitchConfig } from "../../configs/resolve.js";
import { registerByName, trapKey } from "../../registers/lookup.js";
import { trackedGroup, type Group, type PolicyDefinition } from "../policy.js";

/** Classes of sysreg-sr.c whose registers a write trap can track. */
const tracked = switchedClasses.filter((each) => ["el1", "user", "common"].includes(each));

export const dirtyEach: PolicyDefinition = {
  name: "dirty-each",
  summary:
    "Every switched register that has a write trap and no other writer is a group of its own (registers that share a trap bit are one group); guest context only, the host stays eager because nothing traps its writes.",
  source:
    "The patch's idea taken as far as it is sound; trap bits and implicit writers from the register table",
  build: (config) => ({ name: "dirty-each", groups: soundGroups(config), assumeNotHardwareWritten: [] }),
};

function soundGroups(config: SwitchConfig): Group[] {
  const byBit = new Map<string, string[]>();
  for (const name of tracked.flatMap((each) => config.lists.guest.save[each])) {
    const register = registerByName(name);
    const bit = register === undefined ? undefined : trapKey(register);
    if (register === undefined || bit === undefined || register.hardwareWritten !== "no") continue;
    // A bit that registers of two classes share could not be armed where each of them is.
    byBit.set(bit, [...(byBit.get(bit) ?? []), register.name]);
  }
  return [...byBit.values()].map((registers) => trackedGroup(registers));
}
