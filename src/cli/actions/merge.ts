import { TraplineError } from "../../errors.js";
import { mergeParts } from "../../replay/part.js";
import { makeResult } from "../../replay/result.js";
import { tool } from "../../version.js";
import type { ResultArgs } from "../args.js";
import { checkOutput } from "../output.js";
import { checkFormat, emitResult } from "../result.js";

export interface MergeArgs extends ResultArgs {
  readonly part: readonly string[];
}

export function merge(args: MergeArgs): void {
  checkFormat(args);
  if (args.part.length === 0) throw new TraplineError("usage", "no part is given");
  checkOutput(args.output, args.part);
  const { counts } = mergeParts(args.part);
  emitResult(makeResult(counts, tool, args.by === "vcpu"), args);
}
