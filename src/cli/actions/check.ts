import type { CheckAnswer, CheckTask } from "../../check/task.js";
import type { Finding, TraceCheck } from "../../check/finding.js";
import { TraplineError, formatError, errorFromRecord } from "../../errors.js";
import { defaultThreads, inOrder, poolExecutor } from "../../replay/pool.js";
import { checkText } from "../../report/check.js";
import { tool } from "../../version.js";
import { filesOf, positiveInteger, readsOf, type JsonArgs, type TraceArgs } from "../args.js";
import { checkOutput, emit, emitJson } from "../output.js";
import { createProgress } from "../progress.js";
import type { Session } from "../session.js";

export interface CheckArgs extends JsonArgs, TraceArgs {
  readonly threads: number | undefined;
  readonly progress: boolean;
}

/** What `trapline check --json` prints. */
interface CheckResult {
  readonly schema: "trapline.check/1";
  readonly tool: string;
  /** Nothing was found in any of them. */
  readonly whole: boolean;
  readonly traces: readonly TraceCheck[];
}

/** Returns the exit status: 1 when something is wrong with a trace. */
export async function check(session: Session, args: CheckArgs): Promise<number> {
  const { threads = defaultThreads() } = args;
  positiveInteger(threads, "--threads");
  const files = await filesOf(args, { want: "only-traces" });
  checkOutput(args.output, readsOf(files, {}, args));
  const traces = await checkAll(session, files, threads, args.progress);
  const whole = traces.every((each) => each.whole);
  const result: CheckResult = { schema: "trapline.check/1", tool, whole, traces };
  if (args.json) emitJson(result, args.output);
  else emit(checkText(traces), args.output);
  return whole ? 0 : 1;
}

async function checkAll(
  { signal }: Session,
  files: readonly string[],
  threads: number,
  shown: boolean,
): Promise<TraceCheck[]> {
  const bar = createProgress(files.length === 1 ? `checking ${files[0]}` : "checking", shown);
  const tasks = files.map((path): CheckTask => ({ path, progress: new SharedArrayBuffer(16) }));
  // In a thread also where there is one trace: a signal is heard only while nothing runs.
  const width = Math.min(threads, tasks.length);
  const pool = await poolExecutor<CheckTask, CheckAnswer>("check", "runCheckTask", width, signal);
  const timer = setInterval(() => {
    const sums = tasks.map(({ progress }) => new Float64Array(progress));
    bar.update(
      sums.reduce((sum, [done]) => sum + done, 0),
      sums.every(([, total]) => total > 0) ? sums.reduce((sum, [, total]) => sum + total, 0) : undefined,
    );
  }, 100);
  const results: TraceCheck[] = [];
  try {
    for await (const { task, answer } of inOrder(pool, tasks)) {
      results.push(answer.done ? answer.result : unreadable(task.path, errorFromRecord(answer.error)));
    }
    return results;
  } finally {
    clearInterval(timer);
    bar.end();
    await pool.close();
  }
}

/** One file that is no trace, or cannot be read, does not keep the others from being checked. */
function unreadable(path: string, error: TraplineError): TraceCheck {
  const { offset } = error.place;
  const what = formatError(new TraplineError(error.code, error.message));
  const finding: Finding = { kind: "damage", what, ...(offset === undefined ? {} : { offset }) };
  return {
    path,
    bytes: 0,
    version: null,
    events: 0,
    blocks: 0,
    windowBlocks: 0,
    whole: false,
    findings: [finding],
    notes: [],
  };
}
