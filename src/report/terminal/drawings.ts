import { basename } from "node:path";
import type { ReplayResult } from "../../replay/result.js";
import { short } from "../../verdict/sentence.js";
import type { VerdictRow } from "../../verdict/verdict-row.js";
import { modelledField } from "../../trace/modelled.js";
import { exitCounts, type Inspected } from "../inspect.js";
import { modelsOf, type MayBeModelled } from "../modelled.js";
import type { VerdictResult } from "../verdict.js";
import { bar, sparkline, strip, tinted, type Terminal, type Tint } from "./glyphs.js";

/** What commands draw below their text where a person looks on: small, and nothing that the text does not say. */

const barWidth = 40;
const stripWidth = 49;

/** Saves and traps of each policy beside each other. */
export function replayDrawing({ traces, policies }: ReplayResult, terminal: Terminal): string {
  const names = policies.map(({ policy }) => policy);
  const width = Math.max(...names.map((name) => name.length));
  const block = (what: "saves" | "traps"): string[] => {
    const most = Math.max(...policies.map(({ totals }) => totals[what]));
    if (most === 0) return [];
    return policies.map(({ policy, totals }, at) =>
      [
        at === 0 ? what : " ".repeat(what.length),
        policy.padEnd(width),
        tinted(bar(totals[what] / most, barWidth, terminal), what === "saves" ? "less" : "more", terminal),
        String(totals[what]),
      ].join("  "),
    );
  };
  return [...modelledLine(traces), ...block("saves"), ...block("traps")].join("\n");
}

/** The drawing is marked too, which may be copied without its text. */
const modelledLine = (of: readonly MayBeModelled[]): string[] =>
  modelsOf(of).length === 0 ? [] : ["modelled input"];

/** Each answer about a policy as a whole: its cost against eager, with what prices make of it. */
export function verdictDrawing({ rows }: Pick<VerdictResult, "rows">, terminal: Terminal): string {
  const wholes = rows.filter(
    (row, at) =>
      rows.findIndex((each) => each.policy === row.policy && question(each) === question(row)) === at,
  );
  const lines: string[] = [];
  const several = new Set(wholes.map(({ trace }) => trace)).size > 1;
  for (const unit of new Set(wholes.map((row) => row.unit))) {
    const own = wholes.filter((row) => row.unit === unit);
    const place = scaleOf(own);
    const heads = own.map((row) => labelOf(row, several));
    const width = Math.max(...heads.map((head) => head.length));
    const [thick, thin, point] = terminal.unicode ? ["━", "─", "●"] : ["=", "-", "o"];
    lines.push(
      `${"".padEnd(width)}  ${"less than eager".padEnd(stripWidth - 4)}more   (${unit}; ${point} likely, ${thick} 5 to 95 %, ${thin} all prices)`,
    );
    own.forEach((row, at) => {
      const { least, p5: low, likely, p95: high, greatest } = row.difference;
      const drawn = strip({ least, low, likely, high, greatest }, place, stripWidth, terminal);
      const amount = `${likely > 0 ? "+" : ""}${short(likely)}`;
      lines.push(`${heads[at].padEnd(width)}  ${tinted(drawn, tintOf(row), terminal)}  ${amount}`);
    });
  }
  return lines.join("\n");
}

const question = ({ trace, mode, kernel, nesting, profile }: VerdictRow): string =>
  JSON.stringify([trace, mode, kernel, nesting, profile]);

const labelOf = ({ trace, policy, mode, nesting, profile, modelled }: VerdictRow, several: boolean): string =>
  [
    ...(several ? [basename(trace)] : []),
    policy,
    mode,
    ...(nesting === "none" ? [] : [nesting]),
    profile,
    ...(modelled === undefined ? [] : ["(modelled)"]),
  ].join(" ");

const tintOf = ({ sameSign, difference }: VerdictRow): Tint =>
  sameSign < 0.95 || difference.likely === 0 ? "unsure" : difference.likely < 0 ? "less" : "more";

/** Logarithmic on both sides of 0, which is in the middle, and linear near it. */
function scaleOf(rows: readonly VerdictRow[]): (value: number) => number {
  const sizes = rows.map(({ difference }) => Math.abs(difference.likely)).filter((size) => size > 0);
  const near = sizes.length === 0 ? 1 : Math.min(...sizes) / 10;
  const ends = rows.flatMap(({ difference: { least, greatest } }) => [Math.abs(least), Math.abs(greatest)]);
  const most = Math.log1p(Math.max(near, ...ends) / near);
  return (value) => 0.5 + (0.5 * Math.sign(value) * Math.log1p(Math.abs(value) / near)) / most;
}

/** Reasons that are drawn: the rest of the tail is in the table. */
const shownReasons = 8;

/** Exits by reason, and when each vCPU left: `activity` is in order of time. */
export function inspectDrawing(
  { header }: Pick<Inspected, "header">,
  activity: readonly { readonly vcpu: string; readonly counts: readonly number[] }[],
  terminal: Terminal,
): string {
  const sums = new Map<string, number>();
  for (const { reason, count } of exitCounts(header)) sums.set(reason, (sums.get(reason) ?? 0) + count);
  const reasons = [...sums].toSorted((a, b) => b[1] - a[1]).slice(0, shownReasons);
  const names = [...reasons.map(([reason]) => reason), ...activity.map(({ vcpu }) => vcpu)];
  const width = Math.max(0, ...names.map((name) => name.length));
  const most = reasons[0]?.[1] ?? 1;
  return [
    ...modelledLine([modelledField(header)]),
    ...reasons.map(
      ([reason, count]) =>
        `${reason.padEnd(width)}  ${tinted(bar(count / most, barWidth, terminal), "less", terminal)}  ${count}`,
    ),
    ...(activity.length === 0 ? [] : ["", "guest exits over time"]),
    ...activity.map(
      ({ vcpu, counts }) => `${vcpu.padEnd(width)}  ${tinted(sparkline(counts, terminal), "less", terminal)}`,
    ),
  ].join("\n");
}
