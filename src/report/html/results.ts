import * as v from "valibot";
import { TraplineError } from "../../errors.js";
import { nestings } from "../../prices/profile.js";
import { parseResult } from "../../replay/result-file.js";
import type { ValidateResult } from "../../replay/validate.js";
import { modelledField } from "../../trace/modelled.js";
import type { VerdictResult } from "../verdict.js";
import type { TraceExits } from "./charts/exits.js";
import type { ShownReplay } from "./report-data.js";

/** What a file of results gives a report. */
export type ResultPart =
  | { readonly kind: "verdict"; readonly verdict: Omit<VerdictResult, "schema" | "tool"> }
  | { readonly kind: "replay"; readonly replay: ShownReplay }
  | { readonly kind: "validate"; readonly validation: ValidateResult }
  | { readonly kind: "inspect"; readonly exits: readonly TraceExits[] };

const number = v.pipe(v.number(), v.finite());
const whole = v.pipe(number, v.safeInteger());
const text = v.string();
const interval = v.nullable(v.tuple([number, number]));
const breakEven = v.union([
  v.object({ pays: v.picklist(["below", "above"]), value: number }),
  v.object({ pays: v.picklist(["always", "never", "equal"]) }),
]);
const intervals = v.nullable(
  v.object({
    method: v.picklist(["bootstrap", "clopper-pearson", "both", "recordings"]),
    blockWindows: number,
    writeShare: interval,
    trapsPerGuestSecond: interval,
    difference: v.tuple([number, number]),
    perGuestSecond: interval,
  }),
);
const shared = {
  mode: text,
  kernel: text,
  nesting: v.picklist(nestings),
  profile: text,
  unit: text,
  policy: text,
  group: v.nullable(text),
  registers: v.array(text),
  windows: whole,
  traps: whole,
  savesElided: whole,
  writeShare: v.nullable(number),
  trapsPerGuestSecond: v.nullable(number),
  perGuestSecond: v.nullable(number),
  interval: intervals,
  modelled: v.exactOptional(text),
};
const row = v.object({
  ...shared,
  trace: text,
  restoresElided: whole,
  undefinedAccesses: whole,
  difference: v.object({ likely: number, p5: number, p95: number, least: number, greatest: number }),
  sameSign: number,
  cornersSameSign: number,
  shareOfAll: v.nullable(number),
  guestSeconds: v.nullable(number),
  trapPrice: number,
  breakEvenTrapPrice: breakEven,
  breakEvenWriteShare: v.nullable(breakEven),
  breakEvenSize: v.nullable(
    v.union([
      v.object({ pays: v.literal("from"), registers: whole, exact: number }),
      v.object({ pays: v.picklist(["always", "never", "equal"]) }),
    ]),
  ),
  breakEvenCurve: v.exactOptional(
    v.nullable(v.object({ gain: number, rest: number, trapLow: number, trapHigh: number })),
  ),
  regret: v.nullable(v.object({ cost: number, share: v.nullable(number) })),
  sentence: text,
});
/** Infinity is null in JSON: a policy that wins at every rate. */
const rate = v.pipe(
  v.nullable(number),
  v.transform((value) => value ?? Infinity),
);
const rates = v.object({ likely: rate, p5: rate, p95: rate, least: rate, greatest: rate });
const writeRate = v.object({
  trace: text,
  mode: text,
  kernel: text,
  nesting: v.picklist(nestings),
  profile: text,
  unit: text,
  policy: text,
  group: text,
  registers: v.array(text),
  windows: whole,
  windowsEndAt: v.picklist(["load", "put", "run-start", "run-end", "entry", "exit"]),
  share: rates,
  always: number,
  never: number,
  vcpuSeconds: v.nullable(number),
  loadsPerSecond: v.nullable(number),
  windowsPerSecond: v.nullable(number),
  writesPerSecond: v.nullable(rates),
  writesPerSecondAtRandom: v.nullable(rates),
  writesPerGuestSecond: v.nullable(rates),
  modelled: v.exactOptional(text),
  sentence: text,
});
const verdictFile = v.object({
  schema: v.literal("trapline.verdict/1"),
  seed: number,
  samples: whole,
  resamples: whole,
  complete: v.optional(v.boolean(), true),
  notes: v.array(text),
  rows: v.array(row),
  writeRates: v.exactOptional(v.array(writeRate)),
  pooled: v.array(v.object({ ...shared, recordings: v.array(text), difference: number })),
  refused: v.array(v.object({ what: text, why: text })),
});
const validateFile = v.object({
  schema: v.literal("trapline.validate/1"),
  trace: text,
  policy: text,
  mode: text,
  rows: v.array(
    v.object({
      register: text,
      context: v.picklist(["guest", "host"]),
      what: v.picklist(["save", "restore", "trap"]),
      recorded: whole,
      model: v.nullable(whole),
    }),
  ),
  compared: whole,
  agree: v.boolean(),
});
const inspectFile = v.object({
  schema: v.literal("trapline.inspect/1"),
  traces: v.array(
    v.object({
      path: text,
      capabilities: v.optional(v.object({ entries: v.optional(text) })),
      modelled: v.optional(
        v.array(
          v.object({
            part: text,
            model: text,
            seed: v.nullable(number),
            from: v.nullable(v.object({ name: text, identity: text })),
          }),
        ),
      ),
      exits: v.array(
        v.object({
          reason: text,
          path: v.picklist(["fast", "full"]),
          register: v.optional(text),
          direction: v.optional(v.picklist(["read", "write"])),
          count: whole,
        }),
      ),
    }),
  ),
});
const anyFile = v.object({ schema: text });

const remedy = "Make it with --json of `trapline verdict`, `replay`, `validate` or `inspect`";

/** A result from the text of its file. Throws TraplineError `input` for what is none that a report can show. */
export function parseResultPart(content: string, file: string): ResultPart {
  const data = parseJson(content, file);
  const named = v.safeParse(anyFile, data);
  switch (named.success ? named.output.schema : "") {
    case "trapline.verdict/1": {
      const { rows, writeRates = [], ...rest } = parsed(verdictFile, data, file);
      // No chart shows a bound; the oracle of adaptive policies is in their sentences.
      return {
        kind: "verdict",
        verdict: {
          ...rest,
          rows: rows.map((each) => ({ ...each, bound: null })),
          // Those of vCPUs are in no chart.
          writeRates: writeRates.map((each) => ({ ...each, vcpus: [] })),
        },
      };
    }
    case "trapline.replay/1":
      return { kind: "replay", replay: replayOf(content, data, file) };
    case "trapline.validate/1":
      return { kind: "validate", validation: parsed(validateFile, data, file) };
    case "trapline.inspect/1": {
      const { traces } = parsed(inspectFile, data, file);
      return {
        kind: "inspect",
        exits: traces.map(({ path, modelled, exits, capabilities }) => ({
          trace: path,
          fastUnseen: capabilities?.entries === "full-only",
          ...modelledField(modelled === undefined ? {} : { modelled }),
          exits: exits.map((each) => ({ ...each, register: each.register, direction: each.direction })),
        })),
      };
    }
    default:
      throw new TraplineError("input", "is no result that a report can show", { file }, remedy);
  }
}

function replayOf(content: string, data: unknown, file: string): ShownReplay {
  const { config, traces, policies } = parseResult(content, file);
  const { notes } = parsed(v.object({ notes: v.array(text) }), data, file);
  const eager = policies.find(({ policy }) => policy === "eager");
  return {
    config,
    notes,
    traces,
    policies: policies.map(({ policy, totals, registers }) => {
      if (eager === undefined || policy === eager.policy) return { policy, totals, registers };
      const less = (name: keyof typeof totals): number => totals[name] - eager.totals[name];
      const change = {
        traps: less("traps"),
        saves: less("saves"),
        elided: less("elided"),
        restores: less("restores"),
      };
      return { policy, totals, registers, change };
    }),
  };
}

function parseJson(content: string, file: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new TraplineError("input", "is not JSON", { file }, remedy);
  }
}

function parsed<T extends v.GenericSchema>(schema: T, data: unknown, file: string): v.InferOutput<T> {
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const where = path === null ? "" : `${path}: `;
  throw new TraplineError(
    "input",
    `is not as a result is written: ${where}${issue.message}`,
    { file },
    remedy,
  );
}
