import { hasPauth, noPauthNote } from "../configs/pauth.js";
import { hasLazyKeys } from "../policies/lazy-keys.js";
import { unswitchedNotes } from "../policies/unswitched.js";
import type { TraceCounts } from "../replay/merge.js";

/** How the counts of a verdict are to be read, beside what the prices ask for. */
export function countingNotes({ config, header: { capabilities }, assignments }: TraceCounts): string[] {
  const policies = assignments.map(({ policy }) => policy);
  // Of a VM of which neither the recording nor the features that were named tell that it has it.
  const isPauthUnknown =
    capabilities.pauthUse === "none" && config.kernel !== "recorded" && !hasPauth(config, capabilities);
  return [
    ...(isPauthUnknown ? [noPauthNote] : []),
    ...assignments.flatMap((each) => unswitchedNotes(each.policy, each.config)),
    ...(policies.some(({ groups }) => groups.some(hasLazyKeys)) ? [lazyKeysNote] : []),
    ...(policies.some(({ groups }) => groups.length > 1) ? [windowsNote] : []),
  ];
}

const lazyKeysNote =
  "Keys that are switched from their first use on: the host's go with the guest's, and are saved by the trap. So they are priced, and so their elided saves and restores are counted here; `trapline replay` leaves the host's as eager has them.";

const windowsNote =
  "A window of a group goes from one of its save points in a guest's context to the next; groups that are saved in each run have more than those saved at put, and a policy as a whole is given those of the group with the most.";
