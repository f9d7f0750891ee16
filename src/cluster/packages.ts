import type * as Bullmq from "bullmq";
import type { Redis } from "ioredis";
import { TraplineError } from "../errors.js";

/** Optional packages: nothing of them is loaded unless work goes to a cluster. */
export interface ClusterPackages {
  readonly bullmq: typeof Bullmq;
  readonly Redis: typeof Redis;
}

export async function loadPackages(): Promise<ClusterPackages> {
  try {
    const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { bullmq, Redis: ioredis.Redis };
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (!isAbsent) throw error;
    throw new TraplineError(
      "usage",
      "work on Redis needs the packages bullmq and ioredis, which are not installed",
      {},
      "Install them beside trapline: npm install bullmq@6.7.0 ioredis@6.0.0",
    );
  }
}
