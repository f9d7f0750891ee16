import type { Verdict } from "./bench.js";
import type { Mutant } from "./list.js";

export interface Row {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
}

export const seconds = (value: number): string => value.toFixed(0);

/** README.md beside the list: what the last run of all mutants gave. */
export function pageOf(rows: readonly Row[], all: number): string {
  const caught = rows.filter(({ verdict }) => verdict.caughtBy !== undefined).length;
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const lines = rows.map(({ mutant, verdict }) => {
    const { file, id, breaks } = mutant;
    const cells = [
      file.replace(/^src\//, ""),
      id,
      breaks,
      verdict.caughtBy ?? "**nothing**",
      seconds(verdict.seconds),
    ];
    return `| ${cells.map(cell).join(" | ")} |`;
  });
  return `${[
    "# Broken engines",
    "",
    "Each row is a way in which the engine was broken on purpose, one at a time, and the first test that failed then. The",
    "list is in `list`, as text to be replaced in a source file; `mutants.test.ts` sees to it that every one still applies.",
    "`npm run mutants` builds each in a copy of the repository, runs the tests that are to notice, and fails if one is not",
    "noticed; `npm run mutants -- --only ID,ID` takes some, `--jobs N` so many at a time, `--page` writes this page.",
    "",
    `Last run: ${rows.length} mutants, ${caught} noticed, ${seconds(all)} seconds in all on two busy cores, on Node ${process.versions.node}.`,
    "",
    "| file | mutant | what is wrong | first test that failed | s |",
    "|---|---|---|---|---:|",
    ...lines,
  ].join("\n")}\n`;
}
