import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { lanes, textAt, type Ended, type World } from "./world.js";

/** What a kind of fault came to. */
export interface Outcome {
  readonly what: string;
  readonly runs: number;
  /** Faults that hit. */
  readonly faults: number;
  /** Runs whose result was not, in the end, equal in bytes to an undisturbed one; none is allowed. */
  readonly lost: number;
  readonly note: string;
}

export type Case = (world: World, runs: number) => Promise<Outcome>;

/** Goes on with a run that was stopped; 1 where the result is another one, and says so. */
async function resumed(world: World, output: string, what: string): Promise<number> {
  const { status, stderr } = await world.run(["-o", output, "--resume"]);
  const isRight = status === 0 && stderr === "" && textAt(output) === world.expected;
  if (!isRight) process.stderr.write(`${what}: status ${status}: ${stderr}\n`);
  const left = readdirSync(join(output, "..")).filter((name) => name.endsWith(".journal"));
  return isRight && left.length === 0 ? 0 : 1;
}

/** Finished shards in a journal: lines after the first. */
const shardsIn = (output: string): number =>
  Math.max(0, (textAt(`${output}.journal`)?.split("\n").length ?? 0) - 2);

const isWholeOrAbsent = (world: World, output: string): boolean => {
  const text = textAt(output);
  return text === undefined || text === world.expected;
};

/** Some runs at a time. */
async function times(runs: number, work: (run: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < runs) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

const oneLine = ({ stderr }: Ended): boolean => /^trapline: (?!internal)[^\n]+\n$/.test(stderr);

/** When a run has a journal, or has ended without. */
async function begun(output: string, end: Promise<unknown>): Promise<void> {
  const state = { ended: false };
  void end.then(() => (state.ended = true));
  while (!state.ended && !existsSync(`${output}.journal`)) await wait(2);
}

/** SIGKILL at a random point of a run's time; every other one, of the time in which it has a journal. */
export const kills: Case = async (world, runs) => {
  let [lost, faults, within] = [0, 0, 0];
  const points = Array.from({ length: runs }, () => 1.1 * world.random() * world.time);
  await times(runs, async (run) => {
    const output = join(world.place(), "out.json");
    const { child, end } = world.start(["-o", output]);
    if (run % 2 === 1) await begun(output, end);
    await Promise.race([wait(run % 2 === 1 ? points[run] / 3 : points[run]), end]);
    child.kill("SIGKILL");
    if ((await end).signal === "SIGKILL") faults++;
    if (shardsIn(output) > 0) within++;
    if (!isWholeOrAbsent(world, output)) lost++;
    else lost += await resumed(world, output, `kill after ${points[run].toFixed(0)} ms`);
  });
  return {
    what: "killed at a random time",
    runs,
    faults,
    lost,
    note: `${within} with shards in the journal`,
  };
};

/** SIGKILL in the middle of a write. */
export const tornWrites: Case = async (world, runs) => {
  let [lost, faults] = [0, 0];
  const points = Array.from({ length: runs }, (_, run) =>
    run < 3 ? run + 1 : 1 + Math.floor(60 * world.random()),
  );
  await times(runs, async (run) => {
    const output = join(world.place(), "out.json");
    const { signal } = await world.run(["-o", output], `write=${points[run]}`);
    if (signal === "SIGKILL") faults++;
    if (!isWholeOrAbsent(world, output)) lost++;
    else lost += await resumed(world, output, `torn write ${points[run]}`);
  });
  return { what: "killed half way through a write", runs, faults, lost, note: "" };
};

/** Workers that throw, exit, hang and run out of memory, up to three times a shard. */
export const workers: Case = async (world, runs) => {
  let [lost, faults] = [0, 0];
  const names = ["threw", "exited", "hung", "ran out of memory"];
  const kinds = names.map(() => 0);
  for (let run = 0; run < runs; run++) {
    const place = world.place();
    const notes = join(place, "faults");
    mkdirSync(notes);
    const output = join(place, "out.json");
    const limits = ["--shard-timeout", "2", "--memory", "300M"];
    const { status, stderr } = await world.run(["-o", output, ...limits], `each=${1 + (run % 3)}:${notes}`);
    const done = readdirSync(notes);
    faults += done.length;
    for (const name of done) kinds[Number(name.at(-1))]++;
    if (status !== 0 || textAt(output) !== world.expected) {
      process.stderr.write(`workers: status ${status}: ${stderr}\n`);
      lost++;
    }
  }
  const note = names.map((name, at) => `${kinds[at]} ${name}`).join(", ");
  return { what: "workers that fail", runs, faults, lost, note };
};

/** A shard that never succeeds: one line, the others kept; with --keep-going all others in the result. */
export const hopeless: Case = async (world, runs) => {
  let lost = 0;
  for (let run = 0; run < runs; run++) {
    const output = join(world.place(), "out.json");
    const first = await world.run(["-o", output], "never=0:b.trl");
    const named = /b\.trl: .*the worker (?:failed: torture|exited with status 3), 4 times/.test(first.stderr);
    if (first.status !== 1 || !oneLine(first) || !named || textAt(output) !== undefined) lost++;
    const going = await world.run(["-o", output, "--resume", "--keep-going"], "never=0:b.trl");
    const result: unknown = JSON.parse(textAt(output) ?? "{}");
    const isMarked = JSON.stringify(result).includes('"complete":false,"missing":[{"trace":');
    if (going.status !== 1 || !isMarked) lost++;
    lost += await resumed(world, output, "hopeless");
  }
  return { what: "a shard that always fails", runs: 3 * runs, faults: 2 * runs, lost, note: "" };
};

/** Signals at random times, one or two. */
export const signals: Case = async (world, runs) => {
  let [lost, faults, stopped] = [0, 0, 0];
  const points = Array.from({ length: runs }, () => 1.1 * world.random() * world.time);
  await times(runs, async (run) => {
    const output = join(world.place(), "out.json");
    const { child, end } = world.start(["-o", output]);
    await Promise.race([wait(points[run]), end]);
    const signal = run % 2 === 0 ? "SIGINT" : "SIGTERM";
    child.kill(signal);
    if (run % 3 === 0) child.kill(signal);
    const ended = await end;
    const { status, stdout } = ended;
    if (status !== 0) faults++;
    if (stdout !== "") stopped++;
    // One that came before the program could take it ends it as it ends any other.
    const isStopped = status === (signal === "SIGINT" ? 130 : 143) || ended.signal === signal;
    const isMarked = stdout === "" || stdout.includes('"complete":false');
    const isRight = (isStopped && isMarked) || (status === 0 && textAt(output) === world.expected);
    if (!isRight || !isWholeOrAbsent(world, output)) {
      process.stderr.write(`${signal}: status ${status}: ${ended.stderr}\n`);
      lost++;
    } else lost += await resumed(world, output, signal);
  });
  return {
    what: "SIGINT and SIGTERM, once or twice",
    runs,
    faults,
    lost,
    note: `${stopped} printed what was done`,
  };
};

/** A reader that goes away. */
export const pipes: Case = async (world, runs) => {
  let lost = 0;
  for (let run = 0; run < runs; run++) {
    const { child, end } = world.start([]);
    if (run % 2 === 0) child.stdout?.destroy();
    else child.stdout?.once("data", () => child.stdout?.destroy());
    const ended = await end;
    if (ended.status !== 0 || ended.stderr !== "") {
      process.stderr.write(`pipe: status ${ended.status}: ${ended.stderr}\n`);
      lost++;
    }
  }
  return { what: "closed pipes", runs, faults: runs, lost, note: "" };
};

/** A disk that is full, then larger; one that is read-only. */
export const disks: Case = async (world, runs) => {
  const folder = world.place();
  const mount = (options: string): void => {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
  };
  const what = "a full disk, a read-only disk";
  try {
    mount("size=4k");
    execFileSync("umount", [folder]);
  } catch {
    return { what, runs: 0, faults: 0, lost: 0, note: "not run: only the superuser can mount a small disk" };
  }
  let [lost, faults, filled] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const output = join(folder, "out.json");
    // Room for some of the result and its journal, in pages of 4 KiB, and never for all.
    const pages = Math.ceil(world.expected.length / 4096) - 1;
    mount(`size=${4 + 4 * Math.floor(pages * world.random())}k`);
    try {
      const full = await world.run(["-o", output]);
      if (full.status !== 0) {
        faults++;
        filled++;
      }
      const isClear = full.status === 0 || (full.status === 1 && oneLine(full));
      if (!isClear || !isWholeOrAbsent(world, output)) {
        process.stderr.write(`full disk: status ${full.status}: ${full.stderr}\n`);
        lost++;
      }
      mount("remount,size=64m");
      lost += await resumed(world, output, "full disk");
      rmSync(output, { force: true });
      mount("remount,ro");
      const readOnly = await world.run(["-o", output]);
      faults++;
      if (readOnly.status !== 1 || !oneLine(readOnly)) {
        process.stderr.write(`read-only disk: status ${readOnly.status}: ${readOnly.stderr}\n`);
        lost++;
      }
    } finally {
      execFileSync("umount", [folder]);
    }
  }
  return { what, runs: 3 * runs, faults, lost, note: `${filled} disks were full` };
};
