import { TraplineError } from "../errors.js";
import type { Profile } from "./profile.js";
import { switching } from "./profiles/context-switch.js";
import { idle } from "./profiles/idle.js";
import { interruptStorm } from "./profiles/interrupt-storm.js";
import { migration } from "./profiles/migration.js";
import { overcommit } from "./profiles/overcommit.js";
import { pieRewrite } from "./profiles/pie-rewrite.js";
import { steady } from "./profiles/steady.js";

/** Every profile: one file each, one line here. */
export const guestProfiles: readonly Profile[] = [
  steady,
  switching,
  pieRewrite,
  interruptStorm,
  idle,
  overcommit,
  migration,
];

/** A profile by its name. Throws TraplineError "usage". */
export function guestProfile(name: string): Profile {
  const found = guestProfiles.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = guestProfiles.map((each) => each.name).join(", ");
  throw new TraplineError("usage", `there is no profile "${name}"`, {}, `Profiles are ${names}`);
}
