import { basename } from "node:path";
import { TraplineError } from "../../errors.js";
import { loadProfile } from "../../prices/load.js";
import { nestingFor, nestingOf } from "../../prices/terms.js";
import {
  worstCaseCsv,
  worstCaseMarkdown,
  worstCaseText,
  worstRows,
  type WorstCaseResult,
} from "../../report/worst-case.js";
import { worstCase } from "../../search/worst/worst-case.js";
import type { WorstGroup, WorstGuest } from "../../search/worst/worst-group.js";
import { syntheticPart } from "../../trace/synthetic.js";
import { oraclePrices } from "../../verdict/oracle-prices.js";
import { tool } from "../../version.js";
import { commas, onePolicyOf, readsOf } from "../args.js";
import { checkOutput, emit, emitJson } from "../output.js";
import { checkFormat } from "../result.js";

export interface WorstCaseArgs {
  readonly policy: string;
  readonly rate: number;
  readonly against: "eager" | "oracle";
  readonly cost: string;
  readonly nesting: string;
  readonly mode: "vhe" | "nvhe";
  readonly kernel: string;
  readonly features: string;
  readonly output: string | undefined;
  readonly json: boolean;
  readonly format: "text" | "json" | "csv" | "markdown";
}

export async function worstCaseCommand(args: WorstCaseArgs): Promise<void> {
  checkFormat(args);
  const { against, output, mode, kernel, rate } = args;
  checkOutput(output, readsOf([], {}, args));
  const profile = loadProfile(args.cost);
  const nesting = nestingOf(args.nesting);
  const prices = oraclePrices(profile, nestingFor(profile, nesting));
  const policy = await onePolicyOf(args.policy, "worst-case");
  const features = commas([args.features]);
  const found = worstCase(policy, { mode, kernel, features, rate, prices });
  const guestOf = ({ againstEager, againstOracle }: WorstGroup): WorstGuest => {
    if (against === "eager") return againstEager;
    if (againstOracle !== undefined) return againstOracle;
    throw new TraplineError("usage", `policy "${policy.name}" has no oracle to be the worst against`);
  };
  let trace: WorstCaseResult["trace"] = null;
  if (output !== undefined) {
    const { writeWorstCase } = await import("../../search/worst/trace.js");
    trace = { path: output, against, windows: writeWorstCase(output, found, guestOf, basename(output)) };
  }
  const result: WorstCaseResult = {
    schema: "trapline.worst-case/1",
    tool,
    policy: policy.name,
    mode,
    kernel,
    features: [...found.assignment.config.features],
    profile: profile.name,
    unit: profile.unit,
    nesting,
    rate,
    rows: worstRows(found.groups),
    trace,
    modelled: `${syntheticPart} worst-case of ${policy.name}`,
  };
  switch (args.json ? "json" : args.format) {
    case "json":
      emitJson(result);
      break;
    case "csv":
      emit(worstCaseCsv(result));
      break;
    case "markdown":
      emit(worstCaseMarkdown(result));
      break;
    default:
      emit(worstCaseText(result));
  }
}
