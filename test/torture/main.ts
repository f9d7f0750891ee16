/**
 *     npm run torture                    all of it; writes docs/torture.md
 *     npm run torture -- --seed 7 --runs 20     other points; fewer of each, and no page
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, type } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { textTable, type Cell } from "#src/report/text-table.js";
import { version } from "#src/version.js";
import { writeSynthetic } from "../../bench/synthetic.js";
import {
  disks,
  hopeless,
  kills,
  pipes,
  signals,
  tornWrites,
  workers,
  type Case,
  type Outcome,
} from "./cases.js";
import { createWorld } from "./world.js";

const { values } = parseArgs({ options: { seed: { type: "string" }, runs: { type: "string" } } });
const seed = Number(values.seed ?? 1 + (Date.now() % 1_000_000));
const runs = Number(values.runs ?? 200);
if (!(Number.isInteger(seed) && Number.isInteger(runs) && runs >= 1))
  throw new RangeError("whole numbers, please");

/** So many of two hundred, one at least. */
const part = (of200: number): number => Math.max(1, Math.round((runs * of200) / 200));

const cases: readonly (readonly [Case, number])[] = [
  [kills, runs],
  [tornWrites, part(40)],
  [signals, part(40)],
  [workers, part(10)],
  [hopeless, part(3)],
  [pipes, part(6)],
  [disks, part(6)],
];

const from = performance.now();
const world = await createWorld(seed, (folder) => {
  for (const [at, name] of ["a", "b", "c", "d"].entries()) {
    const options = { events: 120_000, vcpus: 2, length: 8, writes: 2, distinct: at % 2 === 0 ? 200 : 0 };
    writeSynthetic(join(folder, `${name}.trl`), { ...options, seed: seed + at });
  }
});
process.stdout.write(`seed ${seed}, ${world.time.toFixed(0)} ms for runs that nobody disturbs\n`);
const outcomes: Outcome[] = [];
try {
  for (const [each, count] of cases) {
    const started = performance.now();
    const outcome = await each(world, count);
    outcomes.push(outcome);
    const { what, lost } = outcome;
    process.stdout.write(
      `${what}: ${count}, ${lost} lost, ${((performance.now() - started) / 1000).toFixed(0)} s\n`,
    );
  }
} finally {
  world.remove();
}
const head: Cell[] = ["fault", "runs", "faults", "lost counts", "of these"];
const rows = outcomes.map(({ what, runs: all, faults, lost, note }): Cell[] => [
  what,
  all,
  faults,
  lost,
  note,
]);
const table = textTable([head, ...rows]);
process.stdout.write(`\n${table}\n`);
const lost = outcomes.reduce((sum, each) => sum + each.lost, 0);
if (values.runs === undefined && lost === 0) writeFileSync("docs/torture.md", page());
process.exitCode = lost === 0 ? 0 : 1;

function page(): string {
  const [{ model } = { model: "unknown" }] = cpus();
  const minutes = ((performance.now() - from) / 60_000).toFixed(1);
  return `# What happened when everything went wrong

\`npm run torture\` replays four traces of 120,000 events each, in small shards and two workers, and disturbs it. After
each fault that ends a run, \`--resume\` goes on; its result has to be equal, byte by byte, to that of a run that nobody
disturbed. *lost counts* are results that were not.

\`\`\`
${table}
\`\`\`

The last run: trapline ${version}, Node ${process.version}, ${type()} ${release()}, ${availableParallelism()} cores (${model.trim()}), seed ${seed},
${minutes} minutes. \`--seed\` runs it again; the points in time are then the same, what happens there depends on the
machine.

- *killed at a random time*: SIGKILL from outside; one half uniformly over a run's time, the other from when it has a
  journal.
- *killed half way through a write*: to the journal, or to the result; half of the bytes arrive.
- *workers that fail*: every third shard one to three times, each time in another way, after it has filled the memory for
  its counts with ones.
- *a shard that always fails*: names trace, shard and reason, and keeps the rest; \`--keep-going\` finishes the other
  traces; \`--resume\` without the fault gives the whole.
- *a full disk*: a tmpfs with room for some of the result, never all, then made larger and gone on with; then read-only.
`;
}
