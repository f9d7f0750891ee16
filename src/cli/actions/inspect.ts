import { measureExits } from "../../report/exit-times.js";
import { inspectJson, inspectText } from "../../report/inspect.js";
import { exitActivity } from "../../report/terminal/activity.js";
import { inspectDrawing } from "../../report/terminal/drawings.js";
import { openTrace } from "../../trace/reader.js";
import {
  filesOf,
  openingOf,
  readsOf,
  type ExitsArgs,
  type JsonArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import { checkOutput, emit, emitJson } from "../output.js";
import { openTraces, renamed } from "../open.js";
import type { Session } from "../session.js";
import { terminalOf, withDrawing } from "../terminal.js";

export interface InspectArgs extends JsonArgs, ExitsArgs, TraceArgs, WorkArgs {}

export async function inspect(session: Session, args: InspectArgs): Promise<void> {
  const opening = await openingOf(args);
  const files = await filesOf(args);
  checkOutput(args.output, readsOf(files, opening));
  const opened = await openTraces(session, files, opening);
  const terminal = args.json ? undefined : terminalOf(args.output);
  await renamed(opened, () => {
    const traces = opened.map(({ path, name }) => {
      const trace = openTrace(path);
      try {
        const { header, blocks, bytes } = trace;
        const activity = terminal === undefined ? [] : exitActivity(trace, 64);
        const shown = { name, header, blocks: blocks.length, bytes, activity };
        return header.capabilities.entries === "full-only"
          ? { ...shown, exitTimes: measureExits(trace) }
          : shown;
      } finally {
        trace.close();
      }
    });
    if (args.json) emitJson({ schema: "trapline.inspect/1", traces: traces.map(inspectJson) }, args.output);
    else {
      const texts = traces.map((shown) =>
        withDrawing(inspectText(shown), args.output, (to) => inspectDrawing(shown, shown.activity, to)),
      );
      emit(texts.join("\n\n"), args.output);
    }
  });
}
