import { TraplineError } from "../../errors.js";
import { checkUrl } from "../../replay/inputs.js";
import { makePlan } from "../../replay/make-plan.js";
import { replayPlan } from "../../replay/replay.js";
import { validateCounts } from "../../replay/validate.js";
import { validateText } from "../../report/validate.js";
import { checkRecorded } from "../../trace/modelled.js";
import { openTrace } from "../../trace/reader.js";
import { givenName } from "../arguments.js";
import { onePolicyOf, readsOf, workOf, type JsonArgs, type WorkArgs } from "../args.js";
import { checkOutput, emit, emitJson } from "../output.js";
import { openTraces, renamed } from "../open.js";
import type { Session } from "../session.js";
import { shownName } from "../urls.js";

export interface ValidateArgs extends JsonArgs, WorkArgs {
  readonly trace: string;
  readonly policy: string;
  readonly all: boolean;
}

/** Returns the exit status: 1 when a row differs. */
export async function validate(session: Session, args: ValidateArgs): Promise<number> {
  const policies = [await onePolicyOf(args.policy, "validate")];
  const work = workOf(args);
  const given = checkUrl(givenName(args.trace), true);
  const trace = shownName(given);
  checkOutput(args.output, readsOf([trace], {}, args));
  const opened = await openTraces(session, [given], { ...work, fromWindows: true });
  return renamed(opened, async () => {
    const paths = opened.map(({ path }) => path);
    // Before the configuration is asked for, which would ask for a mode that is of no use here.
    for (const path of paths) {
      const found = openTrace(path);
      found.close();
      checkRecorded(found.header, path);
    }
    const plan = makePlan(paths, { policies, choice: {} });
    for await (const counts of replayPlan(plan, { threads: work.threads, signal: session.signal })) {
      const result = validateCounts({ ...counts, path: trace });
      if (args.json) emitJson(result, args.output);
      else emit(validateText(result, args.all), args.output);
      return result.agree ? 0 : 1;
    }
    throw new TraplineError("input", "holds nothing", { file: trace });
  });
}
