import { closeSync, openSync, readSync } from "node:fs";
import * as v from "valibot";
import { TraplineError } from "../errors.js";
import { systemError } from "../system-error.js";

/** A result with a thousand vCPUs one by one is half as large; what is larger was not written by a replay. */
const maxResultBytes = 2 ** 28;

const text = v.string();
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const totals = v.object({ traps: whole, saves: whole, elided: whole, restores: whole });
const register = v.object({
  ...totals.entries,
  register: text,
  context: v.picklist(["guest", "host"]),
});
const vcpu = v.object({
  trace: text,
  vm: v.number(),
  mpidr: whole,
  thread: v.optional(whole),
  totals,
  registers: v.array(register),
});
const policy = v.object({
  policy: text,
  totals,
  registers: v.array(register),
  vcpus: v.exactOptional(v.array(vcpu)),
});
const trace = v.object({
  path: text,
  events: whole,
  windows: whole,
  vcpus: whole,
  runs: whole,
  guestEntries: whole,
  guestExits: whole,
  features: v.exactOptional(v.array(text)),
  capabilities: v.record(text, v.union([text, v.boolean()])),
  anomalies: v.record(text, whole),
  modelled: v.exactOptional(text),
  policies: v.exactOptional(v.array(v.object({ policy: text, totals }))),
});

/** What else a later version may write into a result of this schema is passed over. */
const resultSchema = v.object({
  schema: v.literal("trapline.replay/1"),
  tool: text,
  config: v.object({ mode: text, kernel: text, features: v.array(text) }),
  complete: v.boolean(),
  missing: v.exactOptional(v.array(v.object({ trace: text, reason: text }))),
  traces: v.array(trace),
  policies: v.array(policy),
});

/** What is read of a result of `trapline replay --json`: all of it but what follows from the rest, and the notes. */
export type ResultFile = v.InferOutput<typeof resultSchema>;

/** A result from the text of its file; `file` is for messages. Throws TraplineError `input` for what is none. */
export function parseResult(content: string, file: string): ResultFile {
  let data: unknown;
  try {
    data = JSON.parse(content);
  } catch {
    // What the parser says quotes the file, which may be anything.
    throw new TraplineError("input", "is not JSON", { file }, remedy);
  }
  const parsed = v.safeParse(resultSchema, data);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const path = v.getDotPath(issue);
    const where = path === null ? "" : `${path}: `;
    throw new TraplineError("input", `is no result of a replay: ${where}${issue.message}`, { file }, remedy);
  }
  const twice = firstTwice(parsed.output);
  if (twice === undefined) return parsed.output;
  throw new TraplineError("input", `is no result of a replay: ${twice} comes twice`, { file }, remedy);
}

const remedy = "Make it with `trapline replay --json`";

/** What comes twice would hide one of two counts. */
function firstTwice({ traces, policies }: ResultFile): string | undefined {
  const rows = (list: readonly { register: string; context: string }[]): string[] =>
    list.map(({ register: name, context }) => `${name} of the ${context}`);
  const lists = [
    traces.map(({ path }) => `the trace ${path}`),
    policies.map(({ policy: name }) => `the policy ${name}`),
    ...traces.map(({ policies: own = [] }) => own.map(({ policy: name }) => `the policy ${name}`)),
    ...policies.flatMap(({ registers, vcpus = [] }) => [
      rows(registers),
      vcpus.map(({ trace: path, vm, mpidr, thread }) => {
        const of = thread === undefined ? path : `${path}, thread ${thread}`;
        return `vCPU ${vm}/0x${mpidr.toString(16)} of ${of}`;
      }),
      ...vcpus.map((each) => rows(each.registers)),
    ]),
  ];
  for (const list of lists) {
    const seen = new Set<string>();
    for (const name of list) {
      if (seen.has(name)) return name;
      seen.add(name);
    }
  }
  return undefined;
}

/** The text of a result. Throws TraplineError `input` for what cannot be read. Reads to the end, from a pipe too, whose length nothing tells beforehand. */
export function readResultText(file: string): string {
  const chunks: Buffer[] = [];
  let size = 0;
  let descriptor: number | undefined;
  try {
    descriptor = file === "-" ? 0 : openSync(file, "r");
    for (;;) {
      const chunk = Buffer.allocUnsafe(1 << 16);
      const got = readSync(descriptor, chunk);
      if (got === 0) break;
      size += got;
      if (size > maxResultBytes) {
        throw new TraplineError("input", `is larger than ${maxResultBytes} bytes`, { file }, remedy);
      }
      chunks.push(chunk.subarray(0, got));
    }
  } catch (error) {
    if (error instanceof TraplineError) throw error;
    throw systemError(error, file);
  } finally {
    if (descriptor !== undefined && descriptor !== 0) closeSync(descriptor);
  }
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
}
