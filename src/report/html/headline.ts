import { confidence, percent, short } from "../../verdict/sentence.js";
import type { VerdictRow } from "../../verdict/verdict-row.js";
import type { VerdictResult } from "../verdict.js";
import { isSettled, signColour } from "./charts/cost.js";
import { modeName, nestingName, once, shortNames, whole } from "./charts/names.js";
import { text } from "./escape.js";
import { card } from "./figure.js";
import type { PageSection } from "./page.js";
import type { ShownReplay } from "./report-data.js";

/** The verdict's sentence for each recording with its three figures, and below it what was asked beside. */
export function verdictSection({ rows, pooled }: Pick<VerdictResult, "rows" | "pooled">): PageSection {
  const [{ nesting, profile }] = rows;
  // A policy of several groups comes as a whole first.
  const wholes = rows.filter(
    (row, at) => rows.findIndex((each) => keyOf(each) === keyOf(row) && each.policy === row.policy) === at,
  );
  const questions = once(rows.filter((row) => row.nesting === nesting && row.profile === profile).map(keyOf));
  const heads = questions.flatMap((asked) => wholes.find((row) => keyOf(row) === asked) ?? []);
  const others = wholes.filter((row) => !heads.includes(row));
  const html = [
    '<section aria-labelledby="verdict"><h2 id="verdict">Verdict</h2>',
    ...heads.map(headline),
    ...(others.length === 0
      ? []
      : [
          `<details><summary>${whole(others.length)} more answer${others.length === 1 ? "" : "s"}: other policies, nestings, prices</summary><ul>`,
          ...others.map((row) => `<li>${text(row.sentence)}</li>`),
          "</ul></details>",
        ]),
    ...pooled.map(
      (row) =>
        `<p>${text(`${row.recordings.length} recordings together (${modeName(row.mode)}, ${nestingName(row.nesting)}), ${row.policy}${row.group === null ? "" : ` (${row.group})`}: ${whole(row.traps)} traps for ${whole(row.savesElided)} elided saves; ${signed(row.difference)} ${row.unit} against eager at ${row.profile} prices.`)}</p>`,
    ),
    "</section>",
  ].join("\n");
  return { id: "verdict", title: "Verdict", html };
}

const keyOf = ({ trace, mode, kernel, nesting, profile }: VerdictRow): string =>
  JSON.stringify([trace, mode, kernel, nesting, profile]);

const signed = (value: number): string =>
  `${value > 0 ? "+" : value < 0 ? "−" : ""}${short(Math.abs(value))}`;

function headline(row: VerdictRow): string {
  const { difference, unit, shareOfAll, sameSign, cornersSameSign, traps, savesElided, windows } = row;
  const of = shareOfAll === null ? "" : `${percent(Math.abs(shareOfAll))} of all executed`;
  const everywhere = sameSign === 1 && cornersSameSign === 1;
  return card(row.trace, row.sentence, signColour(row), row.modelled === undefined ? [] : [row.modelled], [
    ["against eager", `${signed(difference.likely)} ${unit}`, of],
    [
      "traps for saves elided",
      `${whole(traps)} for ${whole(savesElided)}`,
      windows > 0 ? `in ${whole(windows)} windows` : "",
    ],
    [
      "price draws of the same sign",
      confidence(sameSign),
      everywhere ? "and at every price" : isSettled(row) ? "though not at every price" : "not settled",
    ],
  ]);
}

/** Where no prices were asked: what was counted, in a sentence and three figures a result. */
export function countsSection(replays: readonly ShownReplay[]): PageSection {
  const name = shortNames(replays.flatMap(({ traces }) => traces.map(({ path }) => path)));
  const cards = replays.map(({ config, traces, policies }) => {
    const what = traces.map(({ path }) => name(path)).join(", ");
    const windows = traces.reduce((sum, trace) => sum + trace.windows, 0);
    const first = policies.find(({ change }) => change !== undefined) ?? policies[0];
    const { traps, saves } = first.change ?? first.totals;
    const sentence =
      first.change === undefined
        ? `On ${what} (${modeName(config.mode)}), ${first.policy} counts ${whole(first.totals.traps)} traps and ${whole(first.totals.saves)} saves in ${whole(windows)} windows.`
        : `On ${what} (${modeName(config.mode)}), ${first.policy} takes ${whole(traps)} traps more than eager and makes ${whole(Math.abs(saves))} saves ${saves <= 0 ? "less" : "more"}, in ${whole(windows)} windows. What that is worth depends on prices: make the report of the trace, or of a verdict.`;
    const models = once(traces.flatMap(({ modelled }) => (modelled === undefined ? [] : [modelled])));
    return card(what, sentence, "unsure", models, [
      ["traps", whole(first.totals.traps), first.policy],
      ["saves", whole(first.totals.saves), `${whole(first.totals.elided)} elided`],
      ["windows", whole(windows), ""],
    ]);
  });
  const html = [`<section aria-labelledby="verdict"><h2 id="verdict">Counts</h2>`, ...cards, "</section>"];
  return { id: "verdict", title: "Counts", html: html.join("\n") };
}
