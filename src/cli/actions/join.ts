import { basename } from "node:path";
import { TraplineError } from "../../errors.js";
import { from } from "../../modelled/from.js";
import { writeGuestAlone, writesMark } from "../../modelled/guest-alone.js";
import { layExits } from "../../modelled/lay.js";
import { scaleOf } from "../../modelled/scale.js";
import { traceIdentity } from "../../replay/identity.js";
import { checkUrl } from "../../replay/inputs.js";
import { joinJson, joinText } from "../../report/join.js";
import { givenName } from "../arguments.js";
import { workOf, type WorkArgs } from "../args.js";
import { openTraces, relocated } from "../open.js";
import { checkOutput, emit, emitJson } from "../output.js";
import { createProgress } from "../progress.js";
import type { Session } from "../session.js";

export interface JoinArgs extends WorkArgs {
  readonly writes: string;
  readonly exits: string;
  readonly output: string;
  readonly scale: string;
  readonly put: number | undefined;
  readonly json: boolean;
}

export async function join(session: Session, args: JoinArgs): Promise<void> {
  const { output, put, json } = args;
  const work = workOf(args);
  const [writesName, exitsName] = [args.writes, args.exits].map((name) => checkUrl(givenName(name), false));
  if (writesName === "-" && exitsName === "-") {
    throw new TraplineError("usage", "--writes and --exits cannot both be standard input");
  }
  if (output === "-") throw new TraplineError("usage", "a trace cannot be piped: -o takes a file");
  const scale = scaleOf(args.scale, "--scale");
  const puts = put === undefined ? "" : `,put=${put}`;
  const model = from.parse(`${basename(exitsName)}${puts},scale=${scale}`, 0);
  checkOutput(output, [writesName, exitsName]);
  const [writes, exits] = await openTraces(session, [writesName, exitsName], work);
  const { signal, scratch } = session;
  const alone = scratch.path(`alone-${basename(writesName)}`, 0);
  const unfinished = scratch.beside(output);
  const during = async <T>(
    what: string,
    step: (update: (done: number, total: number) => void) => Promise<T>,
  ) => {
    const bar = createProgress(what, work.progress);
    try {
      return await step(bar.update);
    } catch (error) {
      const known = relocated(relocated(error, writes.path, writesName), exits.path, exitsName);
      throw relocated(relocated(known, alone, writesName), unfinished, output);
    } finally {
      bar.end();
    }
  };
  await during(`taking the guest out of ${writesName}`, (onProgress) =>
    writeGuestAlone(writes.path, alone, { level: 0, signal, onProgress }),
  );
  const marks = [writesMark(basename(writesName), traceIdentity(writes.path))];
  const header = await during(`laying the exits of ${exitsName} over it`, (onProgress) =>
    layExits(alone, unfinished, model, { other: exits.path, marks, signal, onProgress }),
  );
  scratch.keep(unfinished, output);
  const joined = { writes: writesName, exits: exitsName, output, header };
  if (json) emitJson(joinJson(joined));
  else emit(joinText(joined));
}
