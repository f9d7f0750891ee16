import type { Argv } from "yargs";
import { defaultCost, defaultPolicies } from "../policies/defaults.js";

/** Options that several commands share, each declared once. */

export const withOutput = <T>(yargs: Argv<T>) =>
  yargs.option("output", { alias: "o", type: "string", describe: "Write the result to a file", nargs: 1 });

export const withJson = <T>(yargs: Argv<T>) =>
  withOutput(yargs).option("json", { type: "boolean", default: false, describe: "Print JSON" });

/** How the result of a replay is shown. */
export const withResult = <T>(yargs: Argv<T>) =>
  yargs
    .option("format", {
      choices: ["text", "json", "csv", "markdown"] as const,
      nargs: 1,
      default: "text" as const,
      describe: "Form of the result",
    })
    .option("by", { choices: ["vcpu"] as const, nargs: 1, describe: "Also show each vCPU" })
    .option("registers", {
      choices: ["changed", "all"] as const,
      nargs: 1,
      default: "changed" as const,
      describe: "Which registers the tables show",
    });

export const withTraces = <T>(
  yargs: Argv<T>,
  describe = "Traces, recordings, folders of them, patterns, or - for a recording from standard input",
) =>
  yargs
    .positional("trace", {
      type: "string",
      array: true,
      default: [] as string[],
      describe,
    })
    .option("manifest", { type: "string", nargs: 1, describe: "A JSON or YAML list of files to add" });

export const withWork = <T>(yargs: Argv<T>) =>
  yargs
    .option("threads", {
      alias: "j",
      type: "number",
      nargs: 1,
      defaultDescription: "one per core",
      describe: "Worker threads",
    })
    .option("progress", { type: "boolean", default: true, describe: "Show progress on a terminal" })
    .option("on-error", {
      choices: ["fail", "skip"] as const,
      nargs: 1,
      default: "fail" as const,
      describe: "A line of a recording that cannot be read ends the import, or is counted and passed over",
    });

/** For recordings that cannot be made again. */
export const withCorrupt = <T>(yargs: Argv<T>) =>
  yargs.option("on-corrupt", {
    choices: ["fail", "stop", "skip"] as const,
    nargs: 1,
    default: "fail" as const,
    describe:
      "A damaged trace ends the work, is used up to the damage, or without what is damaged; what is left out is told",
  });

/** For what is drawn at random: the prices of a verdict, points of a sweep, exits of a model. */
const withSeed = <T>(yargs: Argv<T>) =>
  yargs.option("seed", { type: "number", nargs: 1, default: 1, describe: "Of everything drawn at random" });

export const withExits = <T>(yargs: Argv<T>) =>
  withSeed(yargs)
    .option("exits", {
      type: "string",
      nargs: 1,
      describe: "Model exits over a guest without a hypervisor: every=N, poisson=N or from=OTHER.trl; ,put=M",
    })
    .option("uses", {
      type: "string",
      nargs: 1,
      describe:
        "Model first uses of what a guest was not seen to use: pauth=load or pauth=run, at each of these; ,every=N",
    });

export const withConfig = <T>(yargs: Argv<T>) =>
  yargs
    .option("mode", {
      choices: ["vhe", "nvhe"] as const,
      nargs: 1,
      defaultDescription: "as recorded",
      describe: "Where the kernel switches: whose save points hold",
    })
    .option("kernel", {
      type: "string",
      nargs: 1,
      default: "recorded",
      describe: "Whose lists of registers hold: 6.8, 6.12, 6.18 or recorded",
    })
    .option("features", {
      type: "string",
      nargs: 1,
      defaultDescription: "as recorded",
      describe: "The VM's features with a kernel version, such as TCR2,S1PIE",
    });

export const withPolicies = <T>(yargs: Argv<T>) =>
  yargs.option("policy", {
    alias: "p",
    type: "string",
    array: true,
    // One at a time: a trace that follows is no policy.
    nargs: 1,
    defaultDescription: defaultPolicies.join(","),
    describe: "Policies by name, or .json and .yaml files; with commas or repeated",
  });

export const withCost = <T>(yargs: Argv<T>) =>
  yargs.option("cost", {
    type: "string",
    nargs: 1,
    defaultDescription: defaultCost,
    describe: "Cost profile at whose prices an oracle among the policies chooses",
  });

export const withShards = <T>(yargs: Argv<T>) =>
  yargs.option("shard-windows", {
    type: "number",
    nargs: 1,
    describe: "Windows per shard; the result does not depend on it",
  });

const withRedis = <T>(yargs: Argv<T>) =>
  yargs.option("redis", {
    type: "string",
    nargs: 1,
    defaultDescription: "TRAPLINE_REDIS of the environment",
    describe: "Redis of a cluster: redis://[user:password@]host[:port][/database]; rediss:// for TLS",
  });

/** Where the work is done. */
export const withEngine = <T>(yargs: Argv<T>) =>
  withRedis(yargs)
    .option("engine", {
      choices: ["local", "bullmq"] as const,
      nargs: 1,
      default: "local" as const,
      describe: "Threads of this process, or `trapline worker` processes on any machines, by way of Redis",
    })
    .option("run", {
      type: "string",
      nargs: 1,
      describe: "With --engine bullmq: name of this run, which no other may have at the time",
    })
    .option("expire", {
      type: "number",
      nargs: 1,
      defaultDescription: "900",
      describe: "With --engine bullmq: seconds that Redis keeps a run's data after its end was missed",
    });

export const withWorker = <T>(yargs: Argv<T>) =>
  withRedis(yargs)
    .option("threads", {
      alias: "j",
      type: "number",
      nargs: 1,
      defaultDescription: "one per core",
      describe: "Worker threads",
    })
    .option("lock", {
      type: "number",
      nargs: 1,
      default: 30,
      describe: "Seconds without a sign of life after which a worker's shards go to others",
    });

/** What a replay of hours is asked: to survive, and to leave room for others. */
export const withBatch = <T>(yargs: Argv<T>) =>
  yargs
    .option("journal", {
      type: "string",
      nargs: 1,
      defaultDescription: "beside -o, for several or large traces",
      describe: "Keep what is finished in this file",
    })
    .option("resume", {
      type: "boolean",
      default: false,
      describe: "Go on where the journal of a killed replay ends",
    })
    .option("keep-going", {
      type: "boolean",
      default: false,
      describe: "Finish the other traces when one fails; the result says what it lacks",
    })
    .option("shard-timeout", {
      type: "number",
      nargs: 1,
      defaultDescription: "60 and more, by its size",
      describe: "Seconds that a worker may take for a shard before it is tried again",
    })
    .option("memory", {
      type: "string",
      nargs: 1,
      defaultDescription: "3/4 of what there is",
      describe: "Memory that a replay may take: 512M, 2G",
    });
