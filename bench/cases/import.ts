import { basename } from "node:path";
import type { Measured, Outcome } from "../case.js";
import { importRows } from "../import.js";
import { compile, exists, type Workplace } from "../programs.js";

/** Counts MSRs by register, as `parse.c` does. */
const program = '$11 == "MSR" { split($12, name, ","); n[name[1]]++ } END { for (r in n) print r, n[r] }';

/** Import beside programs that only look at the text; what these count is compared first. */
export async function importOutcomes(
  place: Workplace,
  files: readonly string[],
  runs: number,
): Promise<Outcome[]> {
  const parser = await compile(place, "parse");
  const texts = files.filter((file) => !file.endsWith(".zst"));
  if (parser !== undefined && exists("mawk")) {
    for (const file of texts) await compareCounts(place, parser, file);
  }
  const extra = (file: string): readonly (readonly [string, string, readonly string[]])[] =>
    parser === undefined ? [] : [["C, cutting lines into fields", parser, [file]]];
  const rows = importRows(files, runs, extra).map(({ file, what, text, seconds, peak }): Measured => {
    const limit = what.startsWith("import") ? "parse" : "parse, and nothing made of it";
    return {
      input: basename(file),
      name: what,
      amount: text,
      unit: "bytes",
      limit,
      seconds,
      peak,
      prepare: undefined,
    };
  });
  const missing = [
    ...(parser === undefined ? [{ name: "C", why: "there is no gcc here" }] : []),
    ...["mawk", "grep"].flatMap((name) => (exists(name) ? [] : [{ name, why: `there is no ${name} here` }])),
  ];
  return [...rows, ...missing.map((each) => ({ input: "import", ...each }))];
}

async function compareCounts({ output }: Workplace, parser: string, file: string): Promise<void> {
  const lines = (text: string): string => text.trim().split("\n").toSorted().join("\n");
  const [c, awk, grep] = await Promise.all([
    output(parser, [file]),
    output("mawk", [program, file]),
    output("grep", ["-c", " MSR ", file]),
  ]);
  const total = lines(c.stdout)
    .split("\n")
    .reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
  if (lines(c.stdout) !== lines(awk.stdout)) throw new Error(`${file}: C and mawk count different registers`);
  if (total !== Number(grep.stdout)) throw new Error(`${file}: C counts ${total} MSRs, grep ${grep.stdout}`);
}
