/**
 * `npm run cluster-costs`: what a cluster's queue costs, measured, and what `trapline plan --estimate` predicts beside
 * what runs here. It starts a Redis and workers of one thread each of its own. See docs/scale.md.
 *
 *     npm run cluster-costs -- --events N     events of the long traces, default 1,000,000,000
 *     npm run cluster-costs -- --rounds N     how often each case runs; cases take turns; default 3
 *     npm run cluster-costs -- --folder DIR   where the traces go (some 8 GB); default the system's
 *     npm run cluster-costs -- --program FILE another trapline
 */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { estimateAt, scaleWork } from "../src/cluster/estimate.js";
import { measureCosts } from "../src/cluster/measure.js";
import { queueCosts } from "../src/cluster/costs.js";
import { findPolicy } from "../src/policies/find.js";
import { makePlan } from "../src/replay/make-plan.js";
import type { Plan } from "../src/replay/plan.js";
import { textTable } from "../src/report/text-table.js";
import { openTrace } from "../src/trace/reader.js";
import { median } from "./case.js";
import { createLocalCluster, type LocalRun } from "./local-cluster.js";
import { repeatTrace } from "./repeat.js";
import { writeSynthetic } from "./synthetic.js";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "1000000000" },
    rounds: { type: "string", default: "3" },
    folder: { type: "string", default: tmpdir() },
    program: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(values.folder, "trapline-cluster-costs-"));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  });
}
const file = (name: string): string => join(folder, name);
const cluster = await createLocalCluster(values.program);
const policies = ["eager", "dirty-each"];
const planOf = (paths: readonly string[], shardWindows = 1 << 20): Plan =>
  makePlan(paths, { policies: policies.map((name) => findPolicy(name)), choice: {}, shardWindows });
const wordsOf = ({ traces, shardWindows }: Plan): string[] => {
  const paths = traces.map(({ path }) => path);
  return ["replay", ...paths, "-p", policies.join(","), "--json", "--shard-windows", String(shardWindows)];
};

/** What a run took, as the medians of some. */
const middle = (runs: readonly LocalRun[], of: (run: LocalRun) => number): number => median(runs.map(of));

/** Many traces of next to no work: two numbers of them, so that what a run takes anyway falls out. */
async function queue(): Promise<void> {
  const small = file("small.trl");
  writeSynthetic(small, { seed: 1, events: 20_000, vcpus: 2, length: 8, writes: 2, distinct: 90 });
  const counts = [1, 100, 500] as const;
  const plans = counts.map((count) =>
    planOf(
      Array.from({ length: count }, (_, at) => {
        const path = file(`small-${count}-${at}.trl`);
        symlinkSync(small, path);
        return path;
      }),
    ),
  );
  await cluster.setWorkers(1);
  const there: LocalRun[][] = counts.map(() => []);
  const here: LocalRun[][] = counts.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [at, plan] of plans.entries()) {
      const run = await cluster.run(wordsOf(plan));
      const local = await cluster.local([...wordsOf(plan), "-j", "1"]);
      if (run.stdout !== local.stdout) throw new Error("the cluster's bytes are not those of a local run");
      // The first one starts what the others find.
      if (round === 0) continue;
      there[at].push(run);
      here[at].push(local);
    }
  }
  const jobs = plans[2].shards - plans[1].shards;
  const slope = (runs: readonly LocalRun[][], of: (run: LocalRun) => number): number =>
    (middle(runs[2], of) - middle(runs[1], of)) / jobs;
  const cpu = ({ submitter }: LocalRun): number => submitter;
  const ms = (seconds: number): string => `${(1000 * seconds).toFixed(3)} ms`;
  const submit = slope(there, cpu) - slope(here, cpu);
  // Planning, preparing and merging take as long here as there.
  const wall = ({ seconds }: LocalRun): number => seconds;
  const delivery = slope(there, wall) - slope(here, wall);
  const fixed = middle(there[0], wall);
  const rows: readonly (readonly [string, string, string])[] = [
    ["perJob: Redis, processor", ms(slope(there, ({ redis }) => redis)), ms(queueCosts.perJob)],
    ["perSubmit: submitter, processor, beyond a local run's", ms(submit), ms(queueCosts.perSubmit)],
    ["one worker, on the clock, beyond a local run's", ms(delivery), ""],
    ["fixed: a run of one job", ms(fixed), ms(queueCosts.fixed)],
    [
      "perDelivery: worker, processor",
      ms(slope(there, ({ workers }) => workers)),
      ms(queueCosts.perDelivery),
    ],
    [
      "a job on Redis, while all wait, bytes",
      String(Math.round(await cluster.jobBytes(wordsOf(plans[2]), plans[2].shards))),
      "",
    ],
    [
      "submitter's most memory with one job and with the most, MB",
      [0, 2].map((at) => Math.round(middle(there[at], ({ peak }) => peak))).join(" and "),
      "",
    ],
  ];
  console.log(`${textTable([["cost", "measured", "in src/cluster/costs.ts"], ...rows])}\n`);
}

/** Long traces: what is predicted, and what it takes. */
async function check(): Promise<void> {
  const events = Number(values.events);
  const shapes = [
    { name: "90 windows in the dictionary", distinct: 90, length: 8, once: 400_000 },
    { name: "50,000 windows in the dictionary", distinct: 50_000, length: 8, once: 800_000 },
  ];
  const cases: {
    name: string;
    plan: Plan;
    workers: number;
    predicted: number[];
    bottleneck: string;
    runs: LocalRun[];
  }[] = [];
  for (const [at, { name, once, ...shape }] of shapes.entries()) {
    const [short, long] = [file(`once-${at}.trl`), file(`long-${at}.trl`)];
    writeSynthetic(short, { seed: at, events: once, vcpus: 2, writes: 2, ...shape });
    repeatTrace(short, long, events);
    if (at === 0) opening(short, long);
    for (const shift of [20, 22]) {
      const plan = planOf([long], 2 ** shift);
      for (const workers of [1, 2, 4])
        cases.push({ name, plan, workers, predicted: [], bottleneck: "", runs: [] });
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const each of cases) {
      // Others may use the machine: what is predicted is measured when it is held against what runs.
      const { costs, work } = await measureCosts(each.plan);
      const limits = { cores: availableParallelism() };
      const scaled = scaleWork(work, work.events);
      const found = estimateAt(costs, scaled, each.workers, each.plan.shardWindows, limits);
      each.predicted.push(found.seconds);
      each.bottleneck = found.bottleneck;
      await cluster.setWorkers(each.workers);
      each.runs.push(await cluster.run(wordsOf(each.plan)));
    }
  }
  const rows = cases.map(({ name, plan, workers, predicted: predictions, bottleneck, runs }) => {
    const predicted = median(predictions);
    const measured = middle(runs, ({ seconds }) => seconds);
    const error = (100 * (predicted - measured)) / measured;
    const sorted = runs.map(({ seconds }) => seconds).toSorted((a, b) => a - b);
    return [
      name,
      plan.traces[0].events.toExponential(1),
      plan.shardWindows,
      plan.shards,
      workers,
      predicted.toFixed(2),
      measured.toFixed(2),
      `${sorted[0].toFixed(2)} to ${sorted.at(-1)?.toFixed(2)}`,
      `${error >= 0 ? "+" : ""}${error.toFixed(0)} %`,
      bottleneck,
    ];
  });
  const heads = [
    "trace",
    "events",
    "shard windows",
    "shards",
    "workers",
    "predicted s",
    "measured s",
    "of",
    "error",
    "bottleneck",
  ];
  console.log(textTable([heads, ...rows]));
}

/** What it takes to open a trace, by its length. */
function opening(short: string, long: string): void {
  const times = [short, long].map((path) => {
    const each = Array.from({ length: 7 }, () => {
      const began = performance.now();
      openTrace(path).close();
      return (performance.now() - began) / 1000;
    });
    const trace = openTrace(path);
    trace.close();
    return { seconds: median(each), events: trace.header.events };
  });
  const slope = (times[1].seconds - times[0].seconds) / (times[1].events - times[0].events);
  console.log(
    `perEventOpened: ${slope.toExponential(2)} s; in src/cluster/costs.ts: ${queueCosts.perEventOpened}\n`,
  );
}

try {
  console.log(
    `${availableParallelism()} cores, ${cpus()[0].model.trim()}, Node ${process.version}, ${cluster.redisVersion}; medians of ${rounds} rounds, cases in turns\n`,
  );
  await queue();
  await check();
} finally {
  await cluster.end();
  rmSync(folder, { recursive: true, force: true });
}
