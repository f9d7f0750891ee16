import { isMeasured, median, type Measured, type Outcome } from "./case.js";

/** The ratios that the project promises, as far as a run measured them; one sentence each. */
export function figures(outcomes: readonly Outcome[]): string[] {
  const all = outcomes.filter(isMeasured);
  const inputs = [...new Set(all.map(({ input }) => input))];
  return inputs.flatMap((input) => {
    const own = all.filter((each) => each.input === input);
    const find = (start: string): Measured | undefined => own.find(({ name }) => name.startsWith(start));
    const lines: string[] = [];
    const compare = (a: Measured | undefined, b: Measured | undefined, what: string): void => {
      if (a === undefined || b === undefined) return;
      const range = [
        a.seconds[0] / b.seconds[b.seconds.length - 1],
        a.seconds[a.seconds.length - 1] / b.seconds[0],
      ];
      const [least, most] = range.map((each) => each.toFixed(2));
      lines.push(
        `${input}: ${what} ${(median(a.seconds) / median(b.seconds)).toFixed(2)} (${least} to ${most})`,
      );
    };
    const alone = find("trapline, replay alone");
    compare(find("C, events"), alone, "C over trapline alone");
    compare(find("TypeScript, events"), alone, "TypeScript over trapline alone");
    compare(find("DuckDB, threads: 1"), alone, "DuckDB over trapline alone");
    compare(find("trapline, workers: 1"), find("trapline, workers: 2"), "one worker over two");
    compare(find("trapline, each of two"), alone, "a process beside another over one alone");
    compare(
      find("C, events"),
      find("trapline, whole process, -j 1"),
      "C over trapline's whole process, one thread",
    );
    compare(find("10 of a search"), find("1: dirty-each"), "ten policies over one");
    compare(find("100 of a search"), find("1: dirty-each"), "a hundred policies over one");
    compare(find("100 adaptive"), find("1: adaptive"), "a hundred adaptive policies over one");
    const mawk = find("mawk");
    for (const each of own)
      if (each.name.startsWith("import, threads")) compare(mawk, each, `mawk over ${each.name}`);
    if (alone?.prepare !== undefined) {
      lines.push(`${input}: ${alone.prepare.toFixed(3)} s of trapline alone prepare the trace`);
    }
    const peaks = own.flatMap(({ peak }) => (peak === undefined ? [] : [peak]));
    if (peaks.length > 1) {
      lines.push(
        `${input}: peak memory ${Math.min(...peaks).toFixed(0)} to ${Math.max(...peaks).toFixed(0)} MB`,
      );
    }
    return lines;
  });
}
