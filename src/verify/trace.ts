import type { Point } from "../configs/points.js";
import { registerByName } from "../registers/lookup.js";
import { seesAll } from "../trace/capabilities.js";
import { exceptionClass } from "../trace/exits.js";
import { Kind } from "../trace/kinds.js";
import { createTraceWriter } from "../trace/writer.js";
import { tool } from "../version.js";
import { bringsIn } from "../policies/brings-in.js";
import type { WorldEvent } from "./event.js";
import type { Finding } from "./explore.js";
import { pcpuCount, vcpuCount } from "./values.js";
import { wordOf, type World, type WorldRegister } from "./world.js";

/** ESR_EL2 of a trapped MSR: class, and the register's encoding as its ISS has it. */
const trapSyndrome = (encoding: number): number =>
  ((exceptionClass.sys64 << 26) |
    (((encoding >>> 14) & 3) << 20) |
    ((encoding & 7) << 17) |
    (((encoding >>> 11) & 7) << 14) |
    (((encoding >>> 7) & 15) << 10) |
    (((encoding >>> 3) & 15) << 1)) >>>
  0;

/** How often a guest that hangs is seen to trap again. */
const spins = 3;

/** Clock ticks from one event to the next. */
const ticks = 100;

/**
 * Writes a counterexample as a trace: what a recording would show of these events on a hypervisor that saves and
 * restores everything and so loses nothing. What host and hardware write shows in what is saved next, as it does in a
 * real one. Returns the number of events. Throws as the writer of traces.
 */
export function writeCounterexample(
  path: string,
  { registers, config, assumptions }: World,
  { steps }: Finding,
  name: string,
): number {
  const writer = createTraceWriter(path);
  const guests = Array.from({ length: vcpuCount }, () => registers.map(() => 0));
  const hosts = Array.from({ length: pcpuCount }, () => registers.map(() => 1));
  let events = 0;
  try {
    const indices = registers.map((own) => writer.register(registerByName(own.name)?.encoding ?? 0));

    const append = (kind: number, vcpu: number, pcpu: number, register = -1, value = 0, lo = 0): void => {
      const own = registers[register];
      const low = own === undefined ? lo : wordOf(own, value);
      const place = writer.place(pcpu, vcpu);
      writer.append(
        kind,
        indices[register] ?? 0,
        place,
        ticks * ++events,
        own !== undefined || lo !== 0,
        low,
        0,
      );
    };

    /** What the recorded hypervisor moves at a point, beside the event of the point itself. */
    const moves = (point: Point, vcpu: number, pcpu: number): void => {
      const each = (kind: number, at: (own: WorldRegister) => Point | undefined, values: readonly number[]) =>
        registers.forEach((own, register) => {
          if (at(own) === point) append(kind, vcpu, pcpu, register, values[register]);
        });
      each(Kind.saveHost, ({ points }) => points.host?.save, hosts[pcpu]);
      each(Kind.saveGuest, ({ points }) => points.guest.save, guests[vcpu]);
      each(Kind.restoreHost, ({ points }) => points.host?.restore, hosts[pcpu]);
      each(Kind.restoreGuest, ({ points }) => points.guest.restore, guests[vcpu]);
    };

    const start = (vcpu: number, pcpu: number): void => {
      append(Kind.runStart, vcpu, pcpu);
      moves("run-start", vcpu, pcpu);
    };
    const end = (vcpu: number, pcpu: number): void => {
      moves("run-end", vcpu, pcpu);
      append(Kind.runEnd, vcpu, pcpu);
    };
    const enter = (vcpu: number, pcpu: number): void => {
      moves("entry", vcpu, pcpu);
      append(Kind.entry, vcpu, pcpu);
    };
    const leave = (kind: number, vcpu: number, pcpu: number, register = -1): void => {
      const encoding = registerByName(registers[register]?.name ?? "")?.encoding;
      append(kind, vcpu, pcpu, -1, 0, encoding === undefined ? 0 : trapSyndrome(encoding));
      moves("exit", vcpu, pcpu);
    };
    const again = (vcpu: number, pcpu: number, register: number): void => {
      leave(Kind.fastExit, vcpu, pcpu, register);
      enter(vcpu, pcpu);
    };
    const onCpu = ({ points, group }: WorldRegister): boolean =>
      assumptions.emulationTo === "value" &&
      points.guest.restore === "load" &&
      (group === undefined || !bringsIn(group));

    const take = ({ name: what, vcpu, pcpu, register, value }: WorldEvent): void => {
      switch (what) {
        case "load":
          append(Kind.load, vcpu, pcpu);
          moves("load", vcpu, pcpu);
          break;
        case "put":
          append(Kind.put, vcpu, pcpu);
          moves("put", vcpu, pcpu);
          break;
        case "enter":
          start(vcpu, pcpu);
          enter(vcpu, pcpu);
          break;
        case "exit":
          leave(Kind.fullExit, vcpu, pcpu);
          end(vcpu, pcpu);
          break;
        case "idle-run":
          start(vcpu, pcpu);
          end(vcpu, pcpu);
          break;
        case "fast-exit":
        case "trapped-write":
          again(vcpu, pcpu, register);
          break;
        case "other-trap":
          for (let spin = 0; spin < spins; spin++) again(vcpu, pcpu, register);
          break;
        case "write":
        case "retry":
          guests[vcpu][register] = value;
          append(Kind.guestWrite, vcpu, pcpu, register, value);
          break;
        case "read":
          append(Kind.guestRead, vcpu, pcpu, register, guests[vcpu][register]);
          break;
        case "hardware-write":
          guests[vcpu][register] = value;
          break;
        case "user-write":
          guests[vcpu][register] = value;
          append(Kind.userWrite, vcpu, 0, register, value);
          break;
        case "emulate":
          guests[vcpu][register] = value;
          append(onCpu(registers[register]) ? Kind.hypWrite : Kind.userWrite, vcpu, pcpu, register, value);
          break;
        case "host-write":
          hosts[pcpu][register] = value;
          break;
      }
    };
    for (const { event } of steps) take(event);
    const usesFp = registers.some((own) => own.class === "fp");
    const list = (names: (own: WorldRegister) => boolean): number[] =>
      registers.flatMap((own) => (names(own) ? [registerByName(own.name)?.encoding ?? 0] : []));
    writer.finish({
      tool,
      source: { format: "synthetic", dialect: "counterexample", name, bytes: 0, lines: 0 },
      clock: { unit: "ticks", perCpu: false },
      mode: config.mode,
      capabilities: {
        ...seesAll,
        fpUse: usesFp ? "first-use" : "none",
        pauthUse: registers.some((own) => own.class === "keys") ? "trapped" : "none",
      },
      passedOver: {},
      anomalies: {},
      vcpus: guests.map((_, vcpu) => ({ vm: 1, mpidr: 0x8000_0000 + vcpu })),
      pcpus: hosts.map((_, pcpu) => pcpu),
      recorded: {
        guestSave: list(({ name: own }) => inAny(config.lists.guest.save, own)),
        guestRestore: list(({ name: own }) => inAny(config.lists.guest.restore, own)),
        hostSave: list(({ name: own }) => inAny(config.lists.host.save, own)),
        hostRestore: list(({ name: own }) => inAny(config.lists.host.restore, own)),
      },
    });
  } catch (error) {
    writer.abort();
    throw error;
  }
  return events;
}

const inAny = (lists: Readonly<Record<string, readonly string[]>>, name: string): boolean =>
  Object.values(lists).some((list) => list.includes(name));
