/**
 * What the cluster engine promises, done to it: three workers, one killed at a random moment of each run; and Redis
 * killed and started again on its append-only file.
 *
 *     npm run cluster-figures                     50 and 10 runs
 *     npm run cluster-figures -- --kills 5 --restarts 2 --seed 7
 */
import { parseArgs } from "node:util";
import { stateOfSeed, xoshiro128 } from "#src/prices/random.js";
import { textTable } from "#src/report/text-table.js";
import { createDisturbed, type Disturbance } from "./disturbed.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    restarts: { type: "string", default: "10" },
    events: { type: "string", default: "3000000" },
    seed: { type: "string", default: String(1 + (Date.now() % 1_000_000)) },
  },
});
const seed = Number(values.seed);
const random = xoshiro128(stateOfSeed(seed));
const share = (): number => random() / 2 ** 32;
const world = await createDisturbed(Number(values.events), seed);

async function runs(count: number, one: (at: number) => Promise<Disturbance>): Promise<Disturbance[]> {
  const done: Disturbance[] = [];
  for (let at = 0; at < count; at++) {
    done.push(await one(share()));
    process.stderr.write(done.at(-1)?.same === true ? "." : "X");
  }
  return done;
}

const row = (what: string, done: readonly Disturbance[]): (string | number)[] => {
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
};

try {
  const killed = await runs(Number(values.kills), world.killed);
  const restarted = await runs(Number(values.restarts), world.restarted);
  process.stderr.write("\n");
  for (const each of [...killed, ...restarted])
    if (!each.same || each.left.length > 0) console.error(each.said, each.left);
  console.log(`seed ${seed}; a run that nobody disturbs takes ${world.seconds.toFixed(1)} s\n`);
  const heads = ["disturbed by", "runs", "in time", "same bytes", "left keys", "median s", "longest s"];
  console.log(textTable([heads, row("SIGKILL of a worker", killed), row("Redis restarted", restarted)]));
  if ([...killed, ...restarted].some(({ same }) => !same)) process.exitCode = 1;
} finally {
  await world.end();
}
