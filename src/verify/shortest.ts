import type { Finding } from "./explore.js";
import type { Verified } from "./verify.js";
import type { World } from "./world.js";

/** What to show of a policy that is not sound: wrong values sooner than a rule that is only about to lose them. */
export function shortestOf({
  worlds,
}: Pick<Verified, "worlds">): { readonly world: World; readonly finding: Finding } | undefined {
  const rank = ({ breach }: Finding): number => Number(breach.invariant === "open-is-dirty");
  const all = worlds.flatMap(({ world, exploration }) =>
    exploration.findings.map((finding) => ({ world, finding })),
  );
  return all.toSorted(
    (a, b) => rank(a.finding) - rank(b.finding) || a.finding.steps.length - b.finding.steps.length,
  )[0];
}
