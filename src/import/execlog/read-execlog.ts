import { basename } from "node:path";
import { TraplineError } from "../../errors.js";
import type { Capabilities } from "../../trace/capabilities.js";
import { Kind } from "../../trace/kinds.js";
import type { Importer } from "../importer.js";
import { createLineReader, longestLine } from "../kernel/text/lines.js";
import { createRecorder } from "../machine/recorder.js";
import { createWorld, type WorldSummary } from "../machine/world.js";
import { toText } from "../tarmac/text.js";
import { createFollower, type Followed } from "./follow.js";
import { createLine, readChanges, readLine } from "./line.js";
import { operation } from "./opcode.js";

/** Names of registers that can matter are short; a longer one is damage. */
const longestName = 32;

/** Reads what the plugin printed and writes what guests did, and their hypervisor where the log tells of it. */
export const readExeclog: Importer["read"] = async (recording, writer, options) => {
  const recorder = createRecorder(writer);
  const world = createWorld(recorder);
  const follower = createFollower(world, options.name);
  const line = createLine();
  let malformed = 0;

  const bad = (
    what: string,
    bytes: Uint8Array,
    from: number,
    to: number,
    number: number,
    offset: number,
  ): void => {
    malformed++;
    if (options.onError === "skip") return;
    const shown = toText(bytes, from, Math.min(to, from + 60)).replace(/[^\x20-\x7e]/g, "?");
    throw new TraplineError(
      "input",
      `${what}: "${shown}"`,
      { file: options.name, line: number, offset },
      "Mend the line, or go on past it with --on-error skip",
    );
  };

  const reader = createLineReader({
    onLine(bytes, from, to, number, offset) {
      // At its end the plugin prints an empty line for each CPU that never ran.
      if (to === from) return;
      if (!readLine(bytes, from, to, line)) {
        return bad("is no line of execlog", bytes, from, to, number, offset);
      }
      follower.instruction(line, operation(line.opcode, bytes, line.text, to), number, offset);
      if (line.rest === to) return;
      readChanges(bytes, line.rest, to, (start, end) => {
        if (end - start <= longestName) follower.change(toText(bytes, start, end).toLowerCase());
      });
    },
    onLong: (bytes, from, to, number, offset) =>
      bad(`is longer than ${longestLine} bytes`, bytes, from, to, number, offset),
    onRest: (bytes, from, to, number, offset) =>
      bad("the recording ends in the middle of a line", bytes, from, to, number, offset),
  });
  for await (const chunk of recording.chunks) reader.feed(chunk);
  const { lines, bytes } = reader.finish();
  const followed = follower.finish();
  const machine = world.finish();
  checkWhole(followed, machine, options.name);
  return {
    source: {
      format: "execlog",
      dialect: followed.ordinary > 0 ? "every instruction" : "filtered",
      name: basename(options.name),
      bytes,
      lines,
    },
    // The plugin prints no time; a filter makes of the count of instructions one of lines.
    clock: { unit: followed.ordinary > 0 ? "instructions" : "ticks", perCpu: true },
    mode: machine.mode,
    vcpus: recorder.vcpus,
    pcpus: machine.pcpus,
    capabilities: capabilitiesOf(followed, machine),
    recorded: {
      guestSave: recorder.list(Kind.saveGuest),
      guestRestore: recorder.list(Kind.restoreGuest),
      hostSave: recorder.list(Kind.saveHost),
      hostRestore: recorder.list(Kind.restoreHost),
    },
    passedOver: followed.passedOver,
    anomalies: { ...(malformed > 0 ? { "malformed line": malformed } : {}), ...machine.anomalies },
  };
};

/** @throws TraplineError "unsupported" where exits can have been left out */
function checkWhole({ ordinary }: Followed, { mode }: WorldSummary, file: string): void {
  if (mode === "none" || ordinary > 0) return;
  throw new TraplineError(
    "unsupported",
    "shows a hypervisor, and a filter left instructions out: nothing tells all of its guest's exits",
    { file },
    "Log every instruction: execlog without ifilter= and afilter=",
  );
}

function capabilitiesOf(
  { ordinary, writes, reads, values }: Followed,
  { mode, pauthTrapped }: WorldSummary,
): Capabilities {
  const hypervisor = mode !== "none";
  const all = ordinary > 0;
  return {
    guestWrites: all || writes > 0 ? "all" : "none",
    guestReads: all ? "all" : reads > 0 ? "filtered" : "none",
    values: values > 0,
    entries: hypervisor ? "all" : "none",
    runs: hypervisor,
    loads: mode === "vhe",
    switches: hypervisor,
    fpUse: hypervisor ? "first-use" : "none",
    pauthUse: hypervisor && pauthTrapped ? "trapped" : "none",
  };
}
