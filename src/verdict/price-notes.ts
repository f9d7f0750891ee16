import type { Profile } from "../prices/profile.js";
import { measuredActions, recordedName } from "./recorded-profile.js";

export const regretNote =
  "Regret: what the policy costs more than the oracle, who knows the future and arms each group window by window.";

/** What a verdict at these prices says and does not say. */
export function priceNotes(profiles: readonly Profile[]): string[] {
  const cycles = profiles.filter(({ unit }) => unit === "cycles").map(({ name }) => name);
  const notes = [
    "Negative: the policy costs less than eager. Prices and their sources: `trapline costs`.",
    regretNote,
    "A dirty test is counted for each tracked register and save point, as in the posted patch.",
  ];
  if (cycles.length > 0) {
    notes.push("Shares of all executed take one instruction of the recording for one cycle.");
  }
  for (const profile of profiles.filter(({ name }) => name === recordedName)) {
    const own = measuredActions(profile).join(", ");
    notes.push(`${profile.summary} Its own: ${own}. See \`trapline costs --recorded\`.`);
  }
  if (profiles.some(({ name }) => name === recordedName)) {
    notes.push(
      "Recorded prices are the 10th percentile, median and 90th of what single traps and registers took: how these spread, not how sure their mean is, which totals follow.",
    );
  }
  return notes;
}
