import { TraplineError } from "../../errors.js";
import { loadProfile, profileNames } from "../../prices/load.js";
import type { Profile } from "../../prices/profile.js";
import { costsText } from "../../report/costs.js";
import { recordedNotes, recordedText } from "../../report/recorded.js";
import { recordedProfile } from "../../verdict/recorded-profile.js";
import { measureFile, type RecordedCosts } from "../../verdict/recorded.js";
import { tool } from "../../version.js";
import { checkUrl } from "../../replay/inputs.js";
import { givenName } from "../arguments.js";
import { readsOf, workOf, type JsonArgs, type WorkArgs } from "../args.js";
import { openTraces, renamed } from "../open.js";
import { checkOutput, emit, emitJson } from "../output.js";
import type { Session } from "../session.js";

export interface CostsArgs extends JsonArgs, WorkArgs {
  readonly profile: readonly string[];
  readonly recorded: string | undefined;
}

export async function costs(session: Session, args: CostsArgs): Promise<void> {
  if (args.recorded !== undefined) {
    await recorded(session, args, checkUrl(givenName(args.recorded), false));
    return;
  }
  checkOutput(args.output, readsOf([], {}, { cost: args.profile }));
  const profiles = (args.profile.length === 0 ? profileNames() : args.profile).map(loadProfile);
  if (args.json) emitJson({ schema: "trapline.costs/1", profiles }, args.output);
  else emit(costsText(profiles), args.output);
}

async function recorded(session: Session, args: CostsArgs, name: string): Promise<void> {
  if (args.profile.length > 0) {
    throw new TraplineError("usage", "--recorded shows a recording, and no profile beside it");
  }
  checkOutput(args.output, [name]);
  const opened = await openTraces(session, [name], workOf(args));
  const measured = await renamed(opened, () => measureFile(opened[0].path, name));
  const profile = profileOf(measured);
  if (args.json) {
    const notes = recordedNotes(measured);
    const result = {
      schema: "trapline.recorded-costs/1",
      tool,
      ...measured,
      notes,
      profile: profile ?? null,
    };
    emitJson(result, args.output);
  } else {
    const prices = profile === undefined ? [] : ["", costsText([profile])];
    emit([recordedText(measured), ...prices].join("\n"), args.output);
  }
}

/** The prices that `verdict --cost recorded` makes of it, where it can. */
function profileOf(measured: RecordedCosts): Profile | undefined {
  try {
    return recordedProfile(measured);
  } catch (error) {
    if (error instanceof TraplineError && error.code === "unsupported") return undefined;
    throw error;
  }
}
