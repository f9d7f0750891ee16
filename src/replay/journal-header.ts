import { createHash } from "node:crypto";
import * as v from "valibot";
import { TraplineError } from "../errors.js";
import type { Plan } from "./plan.js";

/** The first record of a journal: of which work the others are. */
export interface JournalHeader {
  readonly schema: "trapline.journal/1";
  readonly tool: string;
  /** Everything but inputs that counts, or the cut into shards, depend on; by the name of the option. */
  readonly config: Readonly<Record<string, string>>;
  /** In order, as the user names them; the identity is null where an input could not be planned. */
  readonly inputs: readonly { readonly name: string; readonly identity: string | null }[];
}

const text = v.string();
export const journalHeaderSchema = v.strictObject({
  schema: v.literal("trapline.journal/1"),
  tool: text,
  config: v.record(text, text),
  inputs: v.array(v.strictObject({ name: text, identity: v.nullable(text) })),
});

/** Inputs as the user names them, and where each of the plan's traces is among them. */
export interface JournalInputs {
  readonly names: readonly string[];
  readonly inputOf: readonly number[];
}

export function journalHeader(
  plan: Plan,
  { names, inputOf }: JournalInputs,
  settings: Readonly<Record<string, string>>,
): JournalHeader {
  const { tool, policies, choice, shardWindows, traces } = plan;
  return {
    schema: "trapline.journal/1",
    tool,
    config: {
      "--policy": JSON.stringify(policies),
      "--mode": choice.mode ?? "as recorded",
      "--kernel": choice.kernel ?? "recorded",
      "--features": choice.features?.join(",") ?? "as recorded",
      "--shard-windows": String(shardWindows),
      ...settings,
    },
    inputs: names.map((name, input) => ({
      name,
      identity: traces[inputOf.indexOf(input)]?.identity ?? null,
    })),
  };
}

/** What each record says of its configuration: 64 bits of a SHA-256. */
export const configDigest = ({ tool, config }: JournalHeader): string =>
  createHash("sha256")
    .update(JSON.stringify([tool, config]))
    .digest("hex")
    .slice(0, 16);

/** Refuses to go on with a journal of other work; says what is other. */
export function checkJournalHeader(file: string, held: JournalHeader, own: JournalHeader): void {
  const refuse = (what: string, remedy: string): TraplineError =>
    new TraplineError("input", `the journal ${what}`, { file }, remedy);
  if (held.tool !== own.tool) {
    throw refuse(`is of ${held.tool}, and this is ${own.tool}`, `Go on with ${held.tool}, or delete it`);
  }
  for (const name of new Set([...Object.keys(held.config), ...Object.keys(own.config)])) {
    const [before, now] = [held.config[name] ?? "nothing", own.config[name] ?? "nothing"];
    if (before === now) continue;
    throw refuse(
      `is of a replay with ${name} ${short(before)}, and this one has ${short(now)}`,
      "Ask for the same, or delete it to start anew",
    );
  }
  const names = (header: JournalHeader): string[] => header.inputs.map(({ name }) => name);
  const [before, now] = [names(held), names(own)];
  const gone = before.find((name) => !now.includes(name));
  const added = now.find((name) => !before.includes(name));
  const remedy = "Name the same traces, or delete it to start anew";
  if (gone !== undefined) throw refuse(`has ${gone}, which this replay has not`, remedy);
  if (added !== undefined) throw refuse(`has no ${added}, which this replay has`, remedy);
  if (before.join("\n") !== now.join("\n")) throw refuse("has the traces in another order", remedy);
  own.inputs.forEach(({ name, identity }, at) => {
    if (identity !== null) checkInput(file, name, held.inputs[at].identity, identity);
  });
}

/** Refuses an input that is not what it was; `held` null for one that could not be read then. */
export function checkInput(file: string, name: string, held: string | null, own: string): void {
  if (held === null || held === own) return;
  const [before, now] = [held, own].map((identity) => {
    const [size, checksum] = identity.split("-");
    return `${size} bytes with checksum ${checksum}`;
  });
  throw new TraplineError(
    "input",
    `has changed since the journal ${file} was begun: it was ${before}, and is ${now}`,
    { file: name },
    "Bring back what it was, or delete the journal to start anew",
  );
}

/** A policy in full is too long for a line. */
const short = (value: string): string => (value.length <= 200 ? value : `${value.slice(0, 200)}...`);
