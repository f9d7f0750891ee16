import { TraplineError } from "../../errors.js";
import { joinParts, readParts } from "../../replay/part.js";
import { makeResult } from "../../replay/result.js";
import { tool } from "../../version.js";
import type { ResultArgs } from "../args.js";
import { renamed } from "../open.js";
import { checkOutput } from "../output.js";
import type { Session } from "../session.js";
import { fetchUrls, shownName } from "../urls.js";
import { checkFormat, emitResult } from "../result.js";

export interface MergeArgs extends ResultArgs {
  readonly part: readonly string[];
}

export async function merge(session: Session, args: MergeArgs): Promise<void> {
  checkFormat(args);
  if (args.part.length === 0) throw new TraplineError("usage", "no part is given");
  checkOutput(args.output, args.part);
  const parts = readParts(args.part);
  const fetched = await fetchUrls(
    session,
    parts.plan.traces.map(({ path }) => path),
  );
  const counts = await renamed(fetched, () => joinParts(parts).counts);
  const shown = counts.map((each) => ({ ...each, path: shownName(each.path) }));
  emitResult(makeResult(shown, tool, args.by === "vcpu"), args);
}
