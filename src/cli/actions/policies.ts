import { builtinPolicies } from "../../policies/registry.js";
import { policiesText } from "../../report/policies.js";
import type { JsonArgs } from "../args.js";
import { emit, emitJson } from "../output.js";

export function policies(args: JsonArgs): void {
  const list = builtinPolicies.map(({ name, summary, source, fixed }) => ({
    name,
    summary,
    source,
    ...(fixed === undefined ? {} : { groups: fixed.groups }),
  }));
  if (args.json) emitJson({ schema: "trapline.policies/1", policies: list }, args.output);
  else emit(policiesText(list), args.output);
}
