import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { TraplineError } from "../../../errors.js";
import type { Importer } from "../../importer.js";
import { createHostEvent } from "../host-event.js";
import { createHostMachine, type HostMachine } from "../host-machine.js";
import { unitOf } from "./clock.js";
import { type Dat, openDat } from "./dat.js";
import { createDecoder } from "./decode.js";
import { createGuestEvents, type GuestEvents } from "./guest-events.js";
import { arrange, type Together } from "./guests.js";
import { unsupported } from "./head.js";
import { mergeEvents } from "./merge.js";

/** Events between two moments at which signals and the progress bar have their turn. */
const turn = 1 << 16;

/** Reads a trace.dat of a host, with those of its guests beside it, and writes what its vCPUs did. */
export const readDat: Importer["read"] = async (recording, writer, options) => {
  const dats = [await openDat(await recording.whole())];
  for (const other of await recording.others()) dats.push(await openDat(other));
  const { host, guests } = dats.length === 1 ? { host: dats[0], guests: [] } : arrange(dats);
  const clock = clockOf(host);
  const machine = createHostMachine(writer);
  const { events, damage, passedOver, told } = await readEvents(
    { host, guests },
    machine,
    options.onError,
    recording.onRead,
  );
  const summary = machine.finish();
  const name = [host, ...guests.map(({ dat }) => dat)].map(({ file }) => basename(file.name));
  return {
    source: {
      format: "trace-dat",
      dialect: `version ${host.version}${guests.length === 0 ? "" : `, with ${guests.length} of guests`}`,
      name: guests.length === 0 ? basename(options.name) : name.join(" + "),
      bytes: dats.reduce((sum, { file }) => sum + file.size, 0),
      lines: events,
    },
    clock,
    mode: summary.mode,
    vcpus: summary.vcpus.map((vcpu) => {
      for (const each of told) {
        const known = each.describe(vcpu);
        if (known !== undefined) return known;
      }
      return vcpu;
    }),
    pcpus: summary.pcpus,
    capabilities: summary.capabilities,
    recorded: { guestSave: [], guestRestore: [], hostSave: [], hostRestore: [] },
    passedOver,
    anomalies: {
      ...(damage > 0 ? { "damaged place": damage } : {}),
      ...summary.anomalies,
      ...Object.assign({}, ...told.map(({ anomalies }) => anomalies)),
    },
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
  /** What the guests' own files told. */
  readonly told: readonly GuestEvents[];
}

async function readEvents(
  { host, guests }: Together,
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
  const damageIn =
    ({ file }: Dat) =>
    (what: string): void =>
      onDamage(new TraplineError("input", what, { file: file.name }));
  const event = createHostEvent(() => host.commands.get(event.pid) ?? "");
  const merged = mergeEvents([host, ...guests.map(({ dat }) => dat)], (error) => onDamage(error));
  const decoder = createDecoder(host, damageIn(host));
  const told = guests.map((guest) => createGuestEvents(guest, machine, damageIn(guest.dat)));
  const ofGuest = new Map(guests.map(({ dat }, at) => [dat, told[at]]));
  for (let source = merged.next(); source !== undefined; source = merged.next()) {
    const { dat, events } = source;
    if (dat !== host) ofGuest.get(dat)?.take(events);
    else {
      if (events.lost !== 0) machine.lost(events.cpu, Math.max(0, events.lost));
      if (decoder.decode(events, event)) machine.event(event);
    }
    if (++count % turn === 0) {
      onRead(merged.read());
      await setImmediate();
    }
  }
  const passed = [...decoder.passedOver(), ...told.flatMap((each) => each.passedOver())];
  const passedOver = Object.fromEntries(passed.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { events: count, damage, passedOver, told };
}
