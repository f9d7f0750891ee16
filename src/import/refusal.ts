import { TraplineError } from "../errors.js";

/** PERF_MAGIC2 of perf (tools/perf/util/header.c), in either byte order, and what it was before. */
const perfMagics: readonly string[] = ["PERFILE2", "2ELIFREP", "PERFFILE"];

/** The error for a file that is known and cannot be read, but that another program can turn into one that can. */
export function refusal(start: Uint8Array, file: string): TraplineError | undefined {
  const magic = Buffer.from(start.subarray(0, 8)).toString("latin1");
  if (!perfMagics.includes(magic)) return undefined;
  return new TraplineError(
    "unsupported",
    "is perf.data, whose form only perf knows",
    { file },
    "Print it as text (perf script -i FILE), and import that",
  );
}
