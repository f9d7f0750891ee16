/**
 * What the cluster engine promises, measured: the bytes of a local run with three workers, one killed at a random moment
 * of each run, and with Redis killed and started again on its append-only file; what it takes more than threads do; and
 * that a local run takes what it took before there was one.
 *
 *     npm run cluster-figures                     50 and 10 runs, and 3 pairs
 *     npm run cluster-figures -- --kills 5 --restarts 2 --pairs 1 --seed 7
 *     npm run cluster-figures -- --before FOLDER  a built checkout to hold start-up and memory against, too
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { stateOfSeed, xoshiro128 } from "#src/prices/random.js";
import { textTable } from "#src/report/text-table.js";
import { createDisturbed, type Disturbance } from "./disturbed.js";
import { measureOverhead } from "./overhead.js";
import { measureStartUp } from "./start-up.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    restarts: { type: "string", default: "10" },
    events: { type: "string", default: "400000" },
    pairs: { type: "string", default: "3" },
    "pair-events": { type: "string", default: "4000000" },
    before: { type: "string" },
    times: { type: "string", default: "15" },
    seed: { type: "string", default: String(1 + (Date.now() % 1_000_000)) },
  },
});
const seed = Number(values.seed);
console.log(
  `seed ${seed}; Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "a processor"}\n`,
);

async function disturbed(kills: number, restarts: number): Promise<boolean> {
  const random = xoshiro128(stateOfSeed(seed));
  const world = await createDisturbed(Number(values.events), seed);
  const runs = async (
    count: number,
    one: (share: number) => Promise<Disturbance>,
  ): Promise<Disturbance[]> => {
    const done: Disturbance[] = [];
    for (let at = 0; at < count; at++) {
      done.push(await one(random() / 2 ** 32));
      process.stderr.write(done.at(-1)?.same === true ? "." : "X");
    }
    return done;
  };
  try {
    const killed = await runs(kills, world.killed);
    const restarted = await runs(restarts, world.restarted);
    process.stderr.write("\n");
    const all = [...killed, ...restarted];
    const bad = all.filter(({ same, left }) => !same || left.length > 0);
    for (const { said, left } of bad) console.error(said, left);
    console.log(`A run that nobody disturbs takes ${world.seconds.toFixed(1)} s.\n`);
    const heads = ["disturbed by", "runs", "in time", "same bytes", "left keys", "median s", "longest s"];
    console.log(textTable([heads, row("SIGKILL of a worker", killed), row("Redis restarted", restarted)]));
    return bad.length === 0;
  } finally {
    await world.end();
  }
}

function row(what: string, done: readonly Disturbance[]): (string | number)[] {
  const seconds = done.map((each) => each.seconds).toSorted((a, b) => a - b);
  return [
    what,
    done.length,
    done.filter(({ during }) => during).length,
    done.filter(({ same }) => same).length,
    done.filter(({ left }) => left.length > 0).length,
    (seconds[Math.floor(seconds.length / 2)] ?? 0).toFixed(1),
    (seconds.at(-1) ?? 0).toFixed(1),
  ];
}

async function overhead(count: number): Promise<boolean> {
  const pairs = await measureOverhead(count, Number(values["pair-events"]), seed);
  process.stderr.write("\n");
  const rows = pairs.map(({ local, cluster, same }, at) => [
    at + 1,
    local.toFixed(1),
    cluster.toFixed(1),
    (cluster / local).toFixed(3),
    same ? "yes" : "no",
  ]);
  console.log(`\n${textTable([["pair", "2 threads s", "1 worker of 2 s", "ratio", "same bytes"], ...rows])}`);
  return pairs.every(({ same }) => same);
}

function startUp(before: string): boolean {
  const rows = measureStartUp(before, Number(values.times)).map(({ what, milliseconds, megabytes }) => [
    what,
    milliseconds.toFixed(0),
    megabytes.toFixed(1),
  ]);
  console.log(`\n${textTable([["a local run", "median ms", "median peak MB"], ...rows])}`);
  return true;
}

const [kills, restarts, count] = [values.kills, values.restarts, values.pairs].map(Number);
const isWell = [
  kills + restarts === 0 || (await disturbed(kills, restarts)),
  count === 0 || (await overhead(count)),
  values.before === undefined || startUp(values.before),
];
if (isWell.includes(false)) process.exitCode = 1;
