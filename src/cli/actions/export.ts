import { TraplineError } from "../../errors.js";
import { exporterOf } from "../../export/registry.js";
import { openTrace } from "../../trace/reader.js";
import { filesOf, workOf, type OutputArgs, type TraceArgs, type WorkArgs } from "../args.js";
import { checkOutput, emitPieces } from "../output.js";
import { openTraces, renamed } from "../open.js";
import type { Session } from "../session.js";

export interface ExportArgs extends OutputArgs, TraceArgs, WorkArgs {
  readonly format: string;
}

export async function exportTrace(session: Session, args: ExportArgs): Promise<void> {
  const files = await filesOf(args);
  const exporter = exporterOf(args.format);
  if (exporter === undefined) throw new TraplineError("usage", `there is no format ${args.format}`);
  if (files.length > 1) {
    throw new TraplineError("usage", "export gives one trace back at a time", {}, "Export them one by one");
  }
  checkOutput(args.output, files);
  const opened = await openTraces(session, files, workOf(args));
  await renamed(opened, async () => {
    const trace = openTrace(opened[0].path);
    try {
      await emitPieces(exporter.chunks(trace), args.output, () => {
        if (session.signal.aborted) throw new TraplineError("interrupted", "interrupted");
      });
    } finally {
      trace.close();
    }
  });
}
