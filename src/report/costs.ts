import { actionMeanings, actions, type Profile } from "../prices/profile.js";
import { figure } from "../verdict/sentence.js";
import { textTable, type Cell } from "./text-table.js";

/** Every price of every profile, with where it comes from. */
export function costsText(profiles: readonly Profile[]): string {
  const meanings = actions.map((action) => `${action}: ${actionMeanings[action]}`);
  return [...profiles.map(profileText), meanings.join("\n")].join("\n\n");
}

function profileText({ name, summary, unit, hardware, clock, prices }: Profile): string {
  const rows: Cell[][] = [["price", "low", "likely", "high", "unit", "basis"]];
  for (const action of actions) {
    const { low, likely, high, unit: own, basis } = prices[action];
    rows.push([action, figure(low), figure(likely), figure(high), own, basis]);
  }
  const ghz = clock === undefined ? "" : `; ${clock.ghz} GHz, ${clock.basis}: ${clock.source}`;
  const sources = actions.map((action) => `${action}: ${prices[action].source}`);
  return [`${name}\n${summary}\n${hardware}, in ${unit}${ghz}`, textTable(rows), sources.join("\n")].join(
    "\n\n",
  );
}
