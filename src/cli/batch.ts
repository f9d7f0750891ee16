import { statSync } from "node:fs";
import { TraplineError } from "../errors.js";
import type { Journal } from "../replay/journal.js";
import type { Plan } from "../replay/plan.js";
import { refuseBeside } from "./args.js";
import { checkApart } from "./output.js";

/** Options of `replay` about what becomes of it when something fails. */
export interface BatchArgs {
  readonly journal: string | undefined;
  readonly resume: boolean;
  readonly keepGoing: boolean;
  readonly shardTimeout: number | undefined;
  readonly memory: string | undefined;
}

/** Limits as `replayPlan` takes them. */
export function limitsOf({ shardTimeout, memory }: BatchArgs): {
  readonly shardTimeout?: number;
  readonly memory?: number;
} {
  if (shardTimeout !== undefined && !(shardTimeout > 0 && shardTimeout <= mostTimeout)) {
    throw new TraplineError("usage", `--shard-timeout takes seconds, more than 0 and up to ${mostTimeout}`);
  }
  return {
    ...(shardTimeout === undefined ? {} : { shardTimeout: Math.ceil(1000 * shardTimeout) }),
    ...(memory === undefined ? {} : { memory: bytesOf(memory, "--memory") }),
  };
}

/** Timers of Node count milliseconds in 31 bits. */
const mostTimeout = 2e6;

const units: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A size with its unit, for an option. */
export function bytesOf(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmgt])(?:i?b)?$/i.exec(text);
  const bytes = match === null ? Number.NaN : Number(match[1]) * units[match[2].toLowerCase()];
  if (bytes >= 1 && Number.isSafeInteger(Math.floor(bytes))) return Math.floor(bytes);
  throw new TraplineError("usage", `${option} takes a size such as 512M or 2G, not "${text}"`);
}

/**
 * Where the journal goes: where it was asked for; beside the output, for several traces or one that is large; else
 * nowhere.
 */
export function journalFile(
  { journal, resume, output }: BatchArgs & { readonly output: string | undefined },
  isLarge: boolean,
): string | undefined {
  if (journal !== undefined) return journal;
  const isFile = output !== undefined && output !== "-" && isPlain(output);
  if (isFile) return isLarge || resume ? `${output}.journal` : undefined;
  if (!resume) return undefined;
  throw new TraplineError(
    "usage",
    "--resume needs the journal of the run that it goes on with",
    {},
    "Name the same -o FILE, or --journal FILE",
  );
}

/** A file, or nothing yet: beside a device or a pipe nothing is kept. */
function isPlain(output: string): boolean {
  const stat = statSync(output, { throwIfNoEntry: false });
  return stat === undefined || stat.isFile();
}

/** What is for a replay in shards, and whether it is asked for: nothing else has a use for it. */
export const batchOptions = ({
  journal,
  resume,
  keepGoing,
  shardTimeout,
  memory,
}: BatchArgs): (readonly [name: string, isGiven: boolean])[] => [
  ["--journal", journal !== undefined],
  ["--resume", resume],
  ["--keep-going", keepGoing],
  ["--shard-timeout", shardTimeout !== undefined],
  ["--memory", memory !== undefined],
];

/** Refuses, before any work, what does not go together. */
export function checkBatch(
  args: BatchArgs & {
    readonly output: string | undefined;
    readonly interval: string | undefined;
    readonly shard: string | undefined;
  },
): void {
  const { journal, keepGoing, output, interval, shard } = args;
  checkApart(["--journal", journal], ["-o", output]);
  if (interval !== undefined) refuseBeside("--interval", batchOptions(args));
  if (shard !== undefined && keepGoing) {
    throw new TraplineError(
      "usage",
      "--shard and --keep-going do not go together: a part holds all of its slice",
    );
  }
}

/** A journal for a plan, loaded only where there is one. */
export async function journalOf(
  file: string,
  plan: Plan,
  resume: boolean,
  inputs: { readonly names: readonly string[]; readonly inputOf: readonly number[] },
  settings: Readonly<Record<string, string>>,
): Promise<Journal> {
  const { openJournal } = await import("../replay/journal.js");
  return openJournal({ file, plan, resume, settings, ...inputs });
}
