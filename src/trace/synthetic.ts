import { tool } from "../version.js";
import type { ModelledPart } from "./header.js";
import type { HeaderFields } from "./writer.js";

/** The part of a trace that no machine did where that is all of it. */
export const syntheticPart = "synthetic";

/** What stands in the header of a trace that was made up as a whole, so that every report of it says so. */
export function syntheticFields(
  name: string,
  { model, seed = null, from = null }: Pick<ModelledPart, "model"> & Partial<ModelledPart>,
): Pick<HeaderFields, "tool" | "source" | "passedOver" | "anomalies" | "modelled"> {
  return {
    tool,
    source: { format: "synthetic", dialect: model, name, bytes: 0, lines: 0 },
    passedOver: {},
    anomalies: {},
    modelled: [{ part: syntheticPart, model, seed, from }],
  };
}
