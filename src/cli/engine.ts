import { TraplineError } from "../errors.js";
import type { Journal } from "../replay/journal.js";
import type { ReplayOptions } from "../replay/replay.js";
import { positiveInteger, refuseBeside, type EngineArgs, type ExitsArgs } from "./args.js";
import { tell } from "./output.js";

/** Refuses what does not go together with an engine, before any work. */
export function checkEngine(
  args: EngineArgs &
    ExitsArgs & {
      readonly shard: string | undefined;
      readonly interval: string | undefined;
      readonly onCorrupt?: string;
      readonly shardTimeout?: number | undefined;
    },
): void {
  const { engine, shard, interval, exits, uses, onCorrupt, shardTimeout, run, expire } = args;
  if (engine === "local") {
    const [alone] =
      [
        ["--redis", args.redis !== undefined],
        ["--run", run !== undefined],
        ["--expire", expire !== undefined],
      ].find(([, is]) => is === true) ?? [];
    if (alone !== undefined) throw new TraplineError("usage", `${alone} goes with --engine bullmq`);
    return;
  }
  refuseBeside("--engine bullmq", [
    ["--shard", shard !== undefined],
    ["--interval", interval !== undefined],
    // These make traces that only this machine has.
    ["--exits", exits !== undefined],
    ["--uses", uses !== undefined],
    ["--on-corrupt", onCorrupt !== undefined && onCorrupt !== "fail"],
    ["--shard-timeout", shardTimeout !== undefined],
  ]);
  redisOf(args);
  if (run !== undefined && !/^[\w.-]{1,64}$/.test(run)) {
    throw new TraplineError("usage", "--run takes a name of letters, digits, dots, dashes and underscores");
  }
  if (expire !== undefined) positiveInteger(expire, "--expire");
}

/** Seconds that Redis keeps a run's data where nobody says. */
const defaultExpire = 900;

/** The URL of Redis. The environment shows no password to who lists processes. */
export function redisOf({ redis }: { readonly redis: string | undefined }): string {
  const url = redis ?? process.env["TRAPLINE_REDIS"];
  if (url !== undefined && url !== "") return url;
  throw new TraplineError("usage", "no Redis is named", {}, "Name it with --redis URL, or in TRAPLINE_REDIS");
}

/** What runs the tasks of a replay, where that is not this process. Loaded only then. */
export function engineOf(
  args: EngineArgs,
  journal: Journal | undefined,
): Pick<ReplayOptions, "createExecutor"> {
  const { engine, run, expire = defaultExpire } = args;
  if (engine === "local") return {};
  const redis = redisOf(args);
  return {
    createExecutor: async (plan, _work, options) =>
      (await import("../cluster/engine.js")).clusterExecutor(plan, options, {
        redis,
        expire,
        tell,
        ...(run === undefined ? {} : { name: run }),
        ...(journal === undefined ? {} : { isDone: (shard) => journal.holds(shard) }),
      }),
  };
}
