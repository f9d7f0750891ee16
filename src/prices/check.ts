import * as v from "valibot";
import { TraplineError } from "../errors.js";
import {
  actions,
  byAction,
  factorActions,
  nestings,
  units,
  type Action,
  type Points,
  type Price,
  type Profile,
  type Unit,
} from "./profile.js";

/** Far above any price, and low enough that a cost (a price times a count) stays finite. */
const maxPrice = 1e12;

const text = v.pipe(v.string(), v.regex(/\S/, "is empty"));
const figure = v.pipe(
  v.number(),
  v.finite("is not a finite number"),
  v.minValue(0, "is negative"),
  v.maxValue(maxPrice, `is above ${maxPrice}`),
);
const basis = v.picklist(["measured", "assumed"]);

const priceSchema = v.pipe(
  v.strictObject({
    low: figure,
    likely: figure,
    high: figure,
    unit: v.exactOptional(v.picklist([...units, "times"])),
    basis,
    hardware: v.exactOptional(text),
    source: text,
    note: v.exactOptional(text),
  }),
  v.check(({ low, likely, high }) => low <= likely && likely <= high, "low <= likely <= high does not hold"),
);
type GivenPrice = v.InferOutput<typeof priceSchema>;

const profileSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[\w.+-]+$/, "a name is made of letters, digits, and . _ + -")),
  summary: v.optional(v.string(), ""),
  unit: v.picklist(units),
  nesting: v.optional(v.picklist(nestings), "none"),
  hardware: text,
  clock: v.exactOptional(
    v.strictObject({
      ghz: v.pipe(v.number(), v.minValue(0.001, "is below 0.001"), v.maxValue(1000, "is above 1000")),
      basis,
      source: text,
    }),
  ),
  prices: v.strictObject(byAction(() => priceSchema)),
});

/**
 * A profile from parsed JSON, with every price in the profile's unit; `file` is for messages.
 * Throws a `usage` error that names the first thing wrong.
 */
export function profileFromData(data: unknown, file: string): Profile {
  const parsed = v.safeParse(profileSchema, data);
  if (!parsed.success) throw refusal(describe(parsed.issues[0]), file);
  const { name, summary, unit, nesting, hardware, clock, prices } = parsed.output;
  const complete = (action: Action): Price => {
    const { unit: own, hardware: on = hardware, note, ...price } = prices[action];
    const rest = {
      basis: price.basis,
      hardware: on,
      source: price.source,
      ...(note === undefined ? {} : { note }),
    };
    if (factorActions.includes(action)) {
      if (own !== undefined && own !== "times")
        throw refusal(`prices.${action}: is a factor and has no unit`, file);
      return { ...points(price, 1), unit: "times", ...rest };
    }
    if (own === "times") throw refusal(`prices.${action}: is no factor and needs a unit`, file);
    if (own === undefined || own === unit) return { ...points(price, 1), unit, ...rest };
    const factor = conversion(own, unit, clock?.ghz);
    if (factor === undefined) {
      const why =
        own === "instructions" || unit === "instructions" ? "nothing converts it" : 'that needs a "clock"';
      throw refusal(`prices.${action}: is in ${own}, the profile in ${unit}, and ${why}`, file);
    }
    return { ...points(price, factor), unit, ...rest, given: { ...points(price, 1), unit: own } };
  };
  return {
    name,
    summary,
    unit,
    nesting,
    hardware,
    ...(clock === undefined ? {} : { clock }),
    prices: byAction(complete),
  };
}

/** What to multiply a figure with; a clock of g GHz makes g cycles in a nanosecond. */
function conversion(from: Unit, to: Unit, ghz: number | undefined): number | undefined {
  if (ghz === undefined) return undefined;
  if (from === "ns" && to === "cycles") return ghz;
  return from === "cycles" && to === "ns" ? 1 / ghz : undefined;
}

function points({ low, likely, high }: GivenPrice | Points, factor: number): Points {
  return { low: low * factor, likely: likely * factor, high: high * factor };
}

const refusal = (message: string, file: string): TraplineError =>
  new TraplineError("usage", message, { file }, `A profile prices each of: ${actions.join(", ")}`);

/** One sentence on what is wrong, and where: valibot's own, but for keys. */
function describe(issue: v.BaseIssue<unknown>): string {
  const key = v.getDotPath(issue);
  const where = key === null ? "" : `${key}: `;
  if (issue.type !== "strict_object" || issue.path?.at(-1)?.origin !== "key")
    return `${where}${issue.message}`;
  return issue.expected === "never" ? `there is no key ${key}` : `the key ${key} is missing`;
}
