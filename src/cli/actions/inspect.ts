import { measureExits } from "../../report/exit-times.js";
import { inspectJson, inspectText } from "../../report/inspect.js";
import { exitActivity } from "../../report/terminal/activity.js";
import { inspectDrawing } from "../../report/terminal/drawings.js";
import { isUrl } from "../../trace/copies.js";
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
import { fetchRest, fetchUrls, shownName } from "../urls.js";

export interface InspectArgs extends JsonArgs, ExitsArgs, TraceArgs, WorkArgs {}

export async function inspect(session: Session, args: InspectArgs): Promise<void> {
  const opening = await openingOf(args);
  const files = await filesOf(args, { urls: true });
  checkOutput(args.output, readsOf(files, opening, args));
  // Mostly heads say it all.
  const isPlain =
    args.exits === undefined && args.uses === undefined && (args.onCorrupt ?? "fail") === "fail";
  if (isPlain) await fetchUrls(session, files);
  const opened = (await openTraces(session, files, opening)).map((file) => ({
    ...file,
    name: shownName(file.name),
  }));
  const terminal = args.json ? undefined : terminalOf(args.output);
  await renamed(opened, async () => {
    for (const { path } of opened) if (isUrl(path) && hasFullExitsAlone(path)) await fetchRest(path);
    const traces = opened.map(({ path, name }) => {
      const trace = openTrace(path);
      try {
        const { header, blocks, bytes } = trace;
        const activity = terminal === undefined || isUrl(path) ? [] : exitActivity(trace, 64);
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

/** Of these it is said how long exits took, which is in the events. */
function hasFullExitsAlone(path: string): boolean {
  const trace = openTrace(path);
  trace.close();
  return trace.header.capabilities.entries === "full-only";
}
