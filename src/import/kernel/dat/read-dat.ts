import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { TraplineError } from "../../../errors.js";
import type { Importer } from "../../importer.js";
import { createHostEvent } from "../host-event.js";
import { createHostMachine, type HostMachine } from "../host-machine.js";
import { unitOf } from "./clock.js";
import { type Dat, openDat } from "./dat.js";
import { createDecoder } from "./decode.js";
import { unsupported } from "./head.js";
import { mergeEvents } from "./merge.js";

/** Events between two moments at which signals and the progress bar have their turn. */
const turn = 1 << 16;

/** Reads a trace.dat of a host and writes what its vCPUs did. */
export const readDat: Importer["read"] = async (recording, writer, options) => {
  const dat = await openDat(await recording.whole());
  const clock = clockOf(dat);
  const machine = createHostMachine(writer);
  const { events, damage, passedOver } = await readEvents(dat, machine, options.onError, recording.onRead);
  const summary = machine.finish();
  return {
    source: {
      format: "trace-dat",
      dialect: `version ${dat.version}`,
      name: basename(options.name),
      bytes: dat.file.size,
      lines: events,
    },
    clock,
    mode: summary.mode,
    vcpus: summary.vcpus,
    pcpus: summary.pcpus,
    capabilities: summary.capabilities,
    recorded: { guestSave: [], guestRestore: [], hostSave: [], hostRestore: [] },
    passedOver,
    anomalies: { ...(damage > 0 ? { "damaged place": damage } : {}), ...summary.anomalies },
  };
};

/** @throws TraplineError "unsupported" for instances whose times cannot be compared */
function clockOf(dat: Dat): { readonly unit: string; readonly perCpu: boolean } {
  const clocks = new Set(dat.instances.map(({ clock }) => clock));
  if (clocks.size > 1) {
    throw unsupported(
      dat.file,
      `its instances have different clocks: ${[...clocks].join(", ")}`,
      "Record all instances with one clock (trace-cmd record -C)",
    );
  }
  return { unit: unitOf(dat, dat.instances[0]), perCpu: false };
}

interface Outcome {
  readonly events: number;
  readonly damage: number;
  readonly passedOver: Readonly<Record<string, number>>;
}

async function readEvents(
  dat: Dat,
  machine: HostMachine,
  onError: "fail" | "skip",
  onRead: (bytes: number) => void,
): Promise<Outcome> {
  let count = 0;
  let damage = 0;
  const onDamage = (error: TraplineError): void => {
    if (onError === "fail") throw error;
    damage++;
  };
  const event = createHostEvent(() => dat.commands.get(event.pid) ?? "");
  const merged = mergeEvents([dat], (error) => onDamage(error));
  const decoder = createDecoder(dat, (what) =>
    onDamage(new TraplineError("input", what, { file: dat.file.name })),
  );
  for (let source = merged.next(); source !== undefined; source = merged.next()) {
    const { events } = source;
    if (events.lost !== 0) machine.lost(events.cpu, Math.max(0, events.lost));
    if (decoder.decode(events, event)) machine.event(event);
    if (++count % turn === 0) {
      onRead(merged.read());
      await setImmediate();
    }
  }
  const passed = [...decoder.passedOver()].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { events: count, damage, passedOver: Object.fromEntries(passed) };
}
