import { type HostEvent, setField } from "../host-event.js";
import { hostEvents } from "../event-table.js";
import type { CpuEvents } from "./cpu-events.js";
import type { Dat } from "./dat.js";
import type { Field } from "./fields.js";
import type { EventFormat } from "./formats.js";

/** Turns one file's events into those of a host's tracing. */
export interface Decoder {
  /** Fills the event and says whether it is one that anybody wants; one that is not is counted. */
  decode(events: CpuEvents, event: HostEvent): boolean;
  /** Events that were passed over, by name. */
  passedOver(): ReadonlyMap<string, number>;
}

/** How the file lays out an event that is read. */
interface Layout {
  readonly kind: number;
  /** Shorter events are cut off. */
  readonly least: number;
  readonly pid: Field;
  /** The row's fields; undefined for those that this kernel does not have. */
  readonly fields: readonly (Field | undefined)[];
}

const ids = 1 << 16;
/** PID_MAX_LIMIT of a kernel of 64 bits. */
const mostPid = 1 << 22;
const numberSizes: ReadonlySet<number> = new Set([1, 2, 4, 8]);

/** @param onDamage - For an event that is shorter than its format; it is passed over */
export function createDecoder(dat: Dat, onDamage: (what: string) => void): Decoder {
  const { formats, little } = dat;
  const counts = new Float64Array(ids);
  /** Numbers that have a count. */
  const counted: number[] = [];
  const layouts = new Map<number, Layout>();
  let type: Field = { name: "common_type", offset: 0, size: 2, signed: false, dynamic: undefined };
  for (const format of formats.values()) {
    const layout = layoutOf(format);
    if (layout === undefined) continue;
    layouts.set(format.id, layout);
    type = format.fields().find(({ name }) => name === type.name) ?? type;
  }
  const typeEnd = type.offset + 2;
  const byId = Array.from({ length: Math.max(0, ...layouts.keys()) + 1 }, (_, id) => layouts.get(id));

  return {
    decode(events, event) {
      const { view, at, length } = events;
      if (length < typeEnd) {
        onDamage("an event has no number");
        return false;
      }
      const id = view.getUint16(at + type.offset, little);
      const layout = byId[id];
      if (layout === undefined) {
        if (counts[id]++ === 0) counted.push(id);
        return false;
      }
      if (length < layout.least) {
        onDamage(`an event ${hostEvents[layout.kind].name} is shorter than its format`);
        return false;
      }
      const pid = view.getInt32(at + layout.pid.offset, little);
      if (pid < 0 || pid > mostPid) {
        onDamage(`an event ${hostEvents[layout.kind].name} of a thread ${pid}`);
        return false;
      }
      event.kind = layout.kind;
      event.time = events.time;
      event.cpu = events.cpu;
      event.pid = pid;
      event.known = 0;
      const { fields } = layout;
      for (let index = 0; index < fields.length; index++) {
        const field = fields[index];
        if (field !== undefined) readField(event, index, field, view, at, little);
      }
      return true;
    },
    passedOver() {
      const passed = new Map<string, number>();
      for (const id of counted.toSorted((a, b) => a - b)) {
        const name = formats.get(id)?.name ?? "unknown event";
        passed.set(name, (passed.get(name) ?? 0) + counts[id]);
      }
      return passed;
    },
  };
}

/** Undefined for an event that is of no use, and for one that this kernel describes without what it needs. */
function layoutOf(format: EventFormat): Layout | undefined {
  const kind = hostEvents.findIndex(({ system, name }) => system === format.system && name === format.name);
  if (kind < 0) return undefined;
  const named = new Map(format.fields().map((field) => [field.name, field]));
  const pid = named.get("common_pid");
  if (pid?.size !== 4) return undefined;
  const fields = hostEvents[kind].fields.map((names) => names.map((name) => named.get(name)).find(isNumber));
  const ends = [pid, ...fields.filter((field) => field !== undefined)].map(
    ({ offset, size }) => offset + size,
  );
  return { kind, pid, fields, least: Math.max(...ends) };
}

function isNumber(field: Field | undefined): field is Field {
  return field !== undefined && field.dynamic === undefined && numberSizes.has(field.size);
}

function readField(
  event: HostEvent,
  index: number,
  { offset, size, signed }: Field,
  view: DataView,
  start: number,
  little: boolean,
): void {
  const at = start + offset;
  if (size === 8) {
    const [low, high] = little ? [at, at + 4] : [at + 4, at];
    setField(event, index, view.getInt32(low, little), view.getInt32(high, little));
    return;
  }
  let value: number;
  if (size === 4) value = view.getInt32(at, little);
  else if (size === 2) value = signed ? view.getInt16(at, little) : view.getUint16(at, little);
  else value = signed ? view.getInt8(at) : view.getUint8(at);
  setField(event, index, value, signed ? value >> 31 : 0);
}
