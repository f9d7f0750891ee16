/** The ways in which the engine is broken on purpose: data, by folder of `src`, in `list`. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Mutant {
  readonly id: string;
  /** Source file, from the root of the repository. */
  readonly file: string;
  /** A text that is in the file once, and what takes its place. */
  readonly find: string;
  readonly put: string;
  /** What is wrong then, in a sentence. */
  readonly breaks: string;
  /** Test files and folders that are to notice. */
  readonly tests: readonly string[];
}

export function readMutants(root: string): Mutant[] {
  const folder = join(root, "test/mutants/list");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .flatMap((name): Mutant[] => JSON.parse(readFileSync(join(folder, name), "utf8")));
}

/** The source with the mutant in it. Throws where its text is not there exactly once. */
export function mutated(source: string, { id, file, find, put }: Mutant): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`mutant ${id}: its text is ${parts.length - 1} times in ${file}, not once`);
  }
  return parts.join(put);
}
