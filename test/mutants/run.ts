/** Breaks the engine in every way of the list, and fails if the tests do not notice one of them. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createBench, type Bench } from "./bench.js";
import { readMutants, type Mutant } from "./list.js";
import { pageOf, seconds, type Row } from "./page.js";

// This file runs as dist/test/mutants/run.js.
const root = fileURLToPath(new URL("../../..", import.meta.url));
const { values } = parseArgs({
  options: {
    only: { type: "string" },
    jobs: { type: "string", default: "2" },
    page: { type: "boolean", default: false },
    // Where the suite has just passed.
    "skip-unbroken": { type: "boolean", default: false },
  },
});
const only = values.only?.split(",");
const mutants = readMutants(root).filter(({ id }) => only === undefined || only.includes(id));
if (mutants.length === 0) throw new Error("--only names no mutant of the list");

const start = performance.now();
const rows = new Map<Mutant, Row>();
const left = [...mutants];
const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];

// All copies are made before anything takes long: the sources may be worked on meanwhile.
const benches = Array.from({ length: Number(values.jobs) }, () => createBench(root));

/** What fails anyway notices nothing. */
async function testUnbroken(bench: Bench, at: number): Promise<void> {
  const failure = await bench.testUnbroken(tests.filter((_, test) => test % benches.length === at));
  if (failure !== undefined) throw new Error(`the tests fail on sources that are not broken: ${failure}`);
}

async function testMutants(bench: Bench): Promise<void> {
  for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
    const verdict = await bench.test(mutant);
    rows.set(mutant, { mutant, verdict });
    const caught = verdict.caughtBy ?? "SURVIVED";
    console.log(`${seconds(verdict.seconds).padStart(4)} s  ${mutant.id.padEnd(28)} ${caught}`);
  }
}

try {
  if (!values["skip-unbroken"]) {
    await Promise.all(benches.map(testUnbroken));
    const spent = seconds((performance.now() - start) / 1000);
    console.log(`${spent.padStart(4)} s  unbroken: all of these tests pass`);
  }
  await Promise.all(benches.map(testMutants));
} finally {
  for (const bench of benches) bench.close();
}

const all = (performance.now() - start) / 1000;
const done = mutants.flatMap((mutant) => rows.get(mutant) ?? []);
const survivors = done.filter(({ verdict }) => verdict.caughtBy === undefined);
console.log(`${done.length} mutants, ${done.length - survivors.length} caught, ${seconds(all)} s`);
if (values.page) writeFileSync(join(root, "test/mutants/README.md"), pageOf(done, all));
if (survivors.length > 0) {
  console.log(`survived: ${survivors.map(({ mutant }) => mutant.id).join(", ")}`);
  process.exitCode = 1;
}
