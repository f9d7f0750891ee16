import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSynthetic } from "../../bench/synthetic.js";
import { startRedis } from "./redis-server.js";
import { startProgram, type Ended } from "./worker-process.js";

/** Seconds of the same replay here and on Redis, one after the other. */
export interface Pair {
  readonly local: number;
  readonly cluster: number;
  readonly same: boolean;
}

const traceCount = 12;
const threads = "2";

/** Replays traces on a pool of two threads and, in turn, on one worker with two threads. */
export async function measureOverhead(pairs: number, events: number, seed: number): Promise<Pair[]> {
  const folder = mkdtempSync(join(tmpdir(), "trapline-overhead-"));
  const redis = await startRedis();
  try {
    const traces = Array.from({ length: traceCount }, (_, at) => {
      const path = join(folder, `${at}.trl`);
      // No window repeats but by chance: the windows are work, too.
      writeSynthetic(path, { seed: seed + at, events, vcpus: 2, length: 12, writes: 4, distinct: 0 });
      return path;
    });
    const words = ["replay", ...traces, "-p", "eager,dirty-pie,dirty-each,oracle,oracle:dirty-pie", "--json"];
    const worker = startProgram(["worker", "--redis", redis.url, "-j", threads]);
    await worker.until(/a worker of trapline/);
    const timed = async (more: readonly string[]): Promise<Ended & { readonly seconds: number }> => {
      const begun = performance.now();
      const ended = await startProgram([...words, ...more]).ended;
      return { ...ended, seconds: (performance.now() - begun) / 1000 };
    };
    const found: Pair[] = [];
    for (let at = 0; at < pairs; at++) {
      const local = await timed(["-j", threads]);
      const cluster = await timed(["--engine", "bullmq", "--redis", redis.url]);
      const same = local.status === 0 && local.stdout === cluster.stdout;
      found.push({ local: local.seconds, cluster: cluster.seconds, same });
      process.stderr.write(same ? "." : "X");
    }
    await worker.kill("SIGTERM");
    return found;
  } finally {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
