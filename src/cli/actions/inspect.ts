import { inspectJson, inspectText } from "../../report/inspect.js";
import { openTrace } from "../../trace/reader.js";
import { filesOf, workOf, type JsonArgs, type TraceArgs, type WorkArgs } from "../args.js";
import { checkOutput, emit, emitJson } from "../output.js";
import { openTraces, renamed } from "../open.js";
import type { Session } from "../session.js";

export interface InspectArgs extends JsonArgs, TraceArgs, WorkArgs {}

export async function inspect(session: Session, args: InspectArgs): Promise<void> {
  const files = await filesOf(args);
  checkOutput(args.output, files);
  const opened = await openTraces(session, files, workOf(args));
  await renamed(opened, () => {
    const traces = opened.map(({ path, name }) => {
      const trace = openTrace(path);
      trace.close();
      return { name, header: trace.header, blocks: trace.blocks.length, bytes: trace.bytes };
    });
    if (args.json) emitJson({ schema: "trapline.inspect/1", traces: traces.map(inspectJson) }, args.output);
    else emit(traces.map(inspectText).join("\n\n"), args.output);
  });
}
