/**
 * Damaged recordings of every kind: each becomes a trace that can be read, or is refused by one clear error, in
 * bounded time and memory. TRAPLINE_MUTATIONS says how many copies of each sample; the long suite takes 2,000.
 */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImportAnswer, ImportTask } from "#src/import/task.js";
import { poolExecutor } from "#src/replay/pool.js";
import { traceEvents } from "#src/trace/events.js";
import { openTrace } from "#src/trace/reader.js";
import { mutate, type Sample } from "./mutate.js";
import { samples } from "./samples.js";

const { TRAPLINE_MUTATIONS: asked, TRAPLINE_LONG: long } = process.env;
const copies = Number(asked ?? (long === undefined ? 6 : 2000));

/** What a few kilobytes may take at the very most, however damaged: a read that takes longer hangs. */
const longestMs = 20_000;
/** Of the whole process with its threads; it takes some 300 MB for itself. */
const mostBytes = 1.5 * 2 ** 30;
const width = 2;

const folder = mkdtempSync(join(tmpdir(), "trapline-mutations-"));
const stop = new AbortController();
let pool: Awaited<ReturnType<typeof poolExecutor<ImportTask, ImportAnswer>>>;

interface Figures {
  traces: number;
  refused: number;
  slowest: number;
  mostBytes: number;
  readonly messages: Map<string, number>;
}

const all = new Map<string, Figures>();

beforeAll(async () => {
  pool = await poolExecutor<ImportTask, ImportAnswer>("import", "runImportTask", width, stop.signal);
});

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
  if (copies < 1000) return;
  const rows = [...all].map(([name, { traces, refused, slowest, mostBytes: bytes, messages }]) => {
    const mib = Math.round(bytes / 2 ** 20);
    return `${name}: ${traces + refused} copies, ${traces} traces, ${refused} refused in ${messages.size} ways, slowest ${Math.round(slowest)} ms, ${mib} MiB`;
  });
  process.stdout.write(`${rows.join("\n")}\n`);
});

/** Reads a trace to its end; returns the number of its events. */
function readAll(path: string): number {
  const trace = openTrace(path);
  try {
    let count = 0;
    for (const { time } of traceEvents(trace)) if (time >= 0) count++;
    return count;
  } finally {
    trace.close();
  }
}

/** One line, about the recording, and in words; what it shows of the recording is in quotes. */
const isClear = (code: string, message: string): boolean =>
  ["input", "unsupported"].includes(code) &&
  /^[\x20-\x7e]{5,400}$/.test(message) &&
  !/internal|undefined|NaN|\bat \S+:\d+:\d+|E[A-Z]{4,}/.test(message.replace(/".*"/, ""));

async function one(sample: Sample, seed: number, figures: Figures): Promise<void> {
  const { bytes, what } = mutate(sample, seed);
  const where = `${sample.name}, seed ${seed}: ${what}`;
  const path = join(folder, `${samples.indexOf(sample)}-${seed}`);
  const output = `${path}.trl`;
  writeFileSync(path, bytes);
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${where}: not done after ${longestMs} ms`)), longestMs);
  });
  const options = { onError: seed % 2 === 0 ? "fail" : "skip", level: 0 } as const;
  const task = { path, output, options, progress: new SharedArrayBuffer(16) };
  try {
    const answer = await Promise.race([
      pool.run(task).catch((error: unknown) => {
        throw new Error(`${where}: ${String(error)}`, { cause: error });
      }),
      hangs,
    ]);
    figures.slowest = Math.max(figures.slowest, performance.now() - started);
    figures.mostBytes = Math.max(figures.mostBytes, process.memoryUsage.rss());
    if (answer.done) {
      figures.traces++;
      const { events } = answer.result.header;
      const read = readAll(output);
      if (read !== events) throw new Error(`${where}: ${read} events, and the header says ${events}`);
    } else {
      figures.refused++;
      const { code, message } = answer.error;
      if (!isClear(code, message)) throw new Error(`${where}: ${code}: ${message}`);
      const kind = message.replace(/\d+|".*"/g, "#");
      figures.messages.set(kind, (figures.messages.get(kind) ?? 0) + 1);
    }
  } finally {
    clearTimeout(timer);
    for (const each of [path, output]) rmSync(each, { force: true });
  }
}

describe.each(samples.map((sample) => [sample.name, sample] as const))("%s", (name, sample) => {
  it(
    "is read or refused, however it is damaged",
    async () => {
      const figures: Figures = { traces: 0, refused: 0, slowest: 0, mostBytes: 0, messages: new Map() };
      all.set(name, figures);
      for (let seed = 0; seed < copies; seed += width) {
        const seeds = Array.from({ length: Math.min(width, copies - seed) }, (_, at) => seed + at);
        await Promise.all(seeds.map((each) => one(sample, each, figures)));
      }
      expect(figures.traces + figures.refused).toBe(copies);
      expect(figures.mostBytes).toBeLessThan(mostBytes);
      // Nothing is left of what was not finished.
      expect(readdirSync(folder)).toEqual([]);
    },
    Math.max(60_000, copies * 1000),
  );
});

describe("samples", () => {
  it("are read as they are", async () => {
    for (const [at, { name, bytes }] of samples.entries()) {
      const path = join(folder, `whole-${at}`);
      writeFileSync(path, bytes);
      const options = { onError: "fail" } as const;
      const answer = await pool.run({
        path,
        output: `${path}.trl`,
        options,
        progress: new SharedArrayBuffer(16),
      });
      expect({ name, answer }).toMatchObject({ name, answer: { done: true } });
      expect({ name, read: readAll(`${path}.trl`) }).toEqual({
        name,
        read: expect.toSatisfy((read) => read > 0),
      });
      for (const each of [path, `${path}.trl`]) rmSync(each);
    }
  });
});
