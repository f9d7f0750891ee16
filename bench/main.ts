/**
 * `npm run bench`: everything that is claimed of speed and memory, side by side in one run. See bench/README.md.
 *
 *     npm run bench -- --quick            small inputs, under two minutes
 *     npm run bench -- --recordings DIR   large recordings (kvm-*.tarmac, .gz, .zst); default TRAPLINE_RECORDINGS, or
 *                                         else the committed cuts
 *     npm run bench -- --events N         events of the long traces, default 1,000,000,000
 *     npm run bench -- --rounds N         how often all cases of an input are run in turn, default 3
 *     npm run bench -- --only WORD        sections whose name holds the word
 *     npm run bench -- --folder DIR       where the large files go (some 10 GB); default the system's
 *     npm run bench -- --output FILE      the JSON, default dist/bench.json
 *
 * Figures are medians of all runs with their range. Times are not printed of programs that count differently.
 */
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measure, type Case, type Outcome } from "./case.js";
import { importOutcomes } from "./cases/import.js";
import { replayCases, sqlCases, type ReplayInput } from "./cases/replay.js";
import { policyCases, questionCases, sizeCases, startCases } from "./cases/scaling.js";
import { figures } from "./figures.js";
import { tenPolicies } from "./policies.js";
import { createWorkplace, trapline } from "./programs.js";
import { longTrace, textOf } from "./long.js";
import { repeatTrace } from "./repeat.js";
import { writeSynthetic } from "./synthetic.js";
import { outcomeTable } from "./table.js";

const cuts = fileURLToPath(new URL("../../traces", import.meta.url));

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    recordings: { type: "string", default: process.env["TRAPLINE_RECORDINGS"] ?? cuts },
    events: { type: "string" },
    rounds: { type: "string" },
    only: { type: "string", default: "" },
    folder: { type: "string" },
    output: { type: "string", default: fileURLToPath(new URL("../bench.json", import.meta.url)) },
  },
});
const { quick, recordings, only } = values;
const events = Number(values.events ?? (quick ? 20e6 : 1e9));
const rounds = Number(values.rounds ?? (quick ? 1 : 3));
const runs = quick ? 2 : 3;

const place = createWorkplace(values.folder);
const stop = (): never => {
  place.clear();
  process.exit(130);
};
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
const machine = {
  node: process.version,
  cpu: cpus()[0].model.trim(),
  cores: availableParallelism(),
  memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
};
const outcomes: Outcome[] = [];
try {
  const files = recordingsIn(recordings);
  if (recordings === cuts) say("Only the committed cuts: name large recordings with --recordings.");
  const traces: { readonly name: string; readonly trace: string }[] = [];
  for (const file of files) {
    const name = basename(file).replace(/\.tarmac.*/, "");
    const trace = place.path(`${name}.trl`);
    await place.output(process.execPath, [trapline, "import", file, "-o", trace]);
    traces.push({ name, trace });
  }
  for (const { name, trace } of traces) {
    await section(`replay ${name}`, async () => {
      const input = longTrace(place, name, trace, events);
      const made = await replayCases(place, input, {
        policies: tenPolicies,
        runs,
        plain: true,
        workers: true,
      });
      return { ...made, files: [input.trace] };
    });
  }
  for (const { name, trace } of traces) {
    await section(`sql ${name}`, async () => {
      const input = longTrace(place, name, trace, quick ? 2e6 : 20e6);
      return { ...(await sqlCases(place, input, runs)), files: [input.trace] };
    });
  }
  // Windows of 16, 32 and 64 events of which none repeats, and of 24 that are some of ten, a thousand, 50,000.
  const shapes: readonly (readonly [length: number, writes: number, distinct: number])[] = [
    [16, 6, 0],
    [32, 28, 0],
    [64, 20, 0],
    [24, 8, 10],
    [24, 8, 1000],
    [24, 8, 50_000],
  ];
  for (const [length, writes, distinct] of shapes) {
    const what = distinct === 0 ? "none repeats" : `${distinct} windows`;
    await section(`synthetic, ${length} events, ${writes} writes, ${what}`, async (name) => {
      const trace = place.path("synthetic.trl");
      const total = quick ? 2e6 : 50e6;
      const made = writeSynthetic(trace, { seed: 1, events: total, vcpus: 2, length, writes, distinct });
      const input = { name, trace, once: trace, times: 1, events: made };
      const plain = distinct === 0;
      const found = await replayCases(place, input, { policies: tenPolicies, runs, plain, workers: false });
      return { ...found, files: [trace] };
    });
  }
  const [{ name, trace }] = traces;
  await section("size, policies, questions", () => {
    const seen = repeatTrace(trace, place.path("x1.trl"), 1).events;
    const inputs = [1, 10, 100].map((times): ReplayInput => {
      const long = place.path(`x${times}.trl`);
      repeatTrace(trace, long, times * seen);
      return { name: `${name}, ${times} times`, trace: long, once: trace, times, events: times * seen };
    });
    const large = inputs[quick ? 1 : 2];
    const cases = [...sizeCases(place, inputs), ...policyCases(place, large), ...questionCases(place, large)];
    return { cases, missing: [], files: inputs.map((input) => input.trace) };
  });
  await section("start", async () => {
    const small = place.path("small.trl");
    await place.output(process.execPath, [trapline, "import", smallest(cuts), "-o", small]);
    return { cases: startCases(place, small), missing: [], files: [small] };
  });
  if ("import".includes(only)) {
    say("import");
    const texts = files.flatMap((file) => [file, ...textOf(place, file)]);
    outcomes.push(...(await importOutcomes(place, texts, quick ? 1 : rounds)));
  }
  process.stdout.write(`${machine.cores} x ${machine.cpu}, ${machine.memory}, node ${machine.node}\n\n`);
  process.stdout.write(`${outcomeTable(outcomes)}\n\n${figures(outcomes).join("\n")}\n`);
  writeFileSync(
    values.output,
    `${JSON.stringify({ schema: "trapline.bench/1", machine, events, rounds, outcomes }, null, 2)}\n`,
  );
} finally {
  place.clear();
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

interface Section {
  readonly cases: readonly Case[];
  readonly missing: readonly Outcome[];
  /** To be removed when it is done: some are gigabytes. */
  readonly files: readonly string[];
}

async function section(name: string, make: (name: string) => Promise<Section> | Section): Promise<void> {
  if (!name.includes(only)) return;
  say(name);
  const { cases, missing, files } = await make(name);
  outcomes.push(...(await measure(cases, rounds)), ...missing);
  for (const file of files) rmSync(file, { force: true });
}

function recordingsIn(folder: string): string[] {
  const found = readdirSync(folder).filter((name) => /^kvm-.*\.tarmac(?:\.gz|\.zst)?$/.test(name));
  if (found.length === 0) throw new Error(`no kvm-*.tarmac in ${folder}`);
  // VHE first: sections on one recording alone take it.
  return found
    .toSorted()
    .toReversed()
    .map((name) => join(folder, name));
}

function smallest(folder: string): string {
  const sized = readdirSync(folder)
    .filter((name) => name.endsWith(".tarmac.zst"))
    .map((name) => ({ path: join(folder, name), size: statSync(join(folder, name)).size }));
  return sized.toSorted((a, b) => a.size - b.size)[0].path;
}
