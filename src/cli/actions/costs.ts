import { loadProfile, profileNames } from "../../prices/load.js";
import { costsText } from "../../report/costs.js";
import type { JsonArgs } from "../args.js";
import { emit, emitJson } from "../output.js";

export interface CostsArgs extends JsonArgs {
  readonly profile: readonly string[];
}

export function costs(args: CostsArgs): void {
  const profiles = (args.profile.length === 0 ? profileNames() : args.profile).map(loadProfile);
  if (args.json) emitJson({ schema: "trapline.costs/1", profiles }, args.output);
  else emit(costsText(profiles), args.output);
}
