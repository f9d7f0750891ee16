import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { pack } from "msgpackr";
import { TraplineError, messageOf } from "../errors.js";
import { encodeBlock, type BaseTime } from "./block.js";
import { formatVersion, type BlockRow, type TraceHeader } from "./header.js";
import { encodePrelude, preludeLength } from "./prelude.js";
import { createTally } from "./tally.js";
import { maxPlaces, maxRegisters, packWord } from "./word.js";

/** What only the importer knows of a trace; the writer adds what it counted. */
export type HeaderFields = Pick<
  TraceHeader,
  "tool" | "source" | "clock" | "mode" | "capabilities" | "passedOver" | "anomalies" | "vcpus"
> & {
  /** pCPU numbers by pCPU index. */
  readonly pcpus: readonly number[];
  /** Encodings by the lists of `RecordedLists`. */
  readonly recorded: Readonly<Record<keyof TraceHeader["recorded"], readonly number[]>>;
};

/** Writes a trace as events come, in memory for one block. Nothing stands under the final name until `finish`. */
export interface TraceWriter {
  /** The dictionary's index of an encoding, entered at first use. */
  register(encoding: number): number;
  /** The index of a (pCPU index, vCPU index) pair; vCPU -1 for events of the pCPU alone. */
  place(pcpu: number, vcpu: number): number;
  /** One event. `time` in clock units of the place's pCPU; the value in two halves. */
  append(
    kind: number,
    register: number,
    place: number,
    time: number,
    hasValue: boolean,
    lo: number,
    hi: number,
  ): void;
  /** Forgets everything written so far. */
  restart(): void;
  /** Writes the rest, syncs, and renames to the final name. Returns the header. */
  finish(fields: HeaderFields): TraceHeader;
  /** Closes and removes the unfinished file; harmless after `finish`. */
  abort(): void;
}

export interface WriterOptions {
  /** zlib level of time and value columns, 0 for none. */
  readonly level?: number;
  /** Events per block. */
  readonly blockEvents?: number;
}

const two32 = 2 ** 32;

export function createTraceWriter(path: string, options: WriterOptions = {}): TraceWriter {
  const { level = 3, blockEvents = 1 << 16 } = options;
  const temporary = `${path}.${process.pid}.part`;
  const failed = (error: unknown): TraplineError =>
    new TraplineError("output", `cannot be written: ${messageOf(error)}`, { file: path });

  let file: number;
  try {
    file = openSync(temporary, "w");
  } catch (error) {
    throw failed(error);
  }
  let open = true;
  let offset = preludeLength;
  let blocks: BlockRow[] = [];
  let events = 0;

  const words = new Uint32Array(blockEvents);
  const times = new Uint32Array(blockEvents);
  const valuesLo = new Uint32Array(blockEvents);
  const valuesHi = new Uint32Array(blockEvents);
  let filled = 0;
  let values = 0;
  let bases: BaseTime[] = [];

  const encodings: number[] = [-1];
  const registerIndex = new Map<number, number>();
  const places: number[] = [];
  const placePcpu: number[] = [];
  const placeIndex = new Map<number, number>();
  /** By pCPU index: time of its last event, and the number of the block in which that was. */
  const lastTime: number[] = [];
  const firstTime: number[] = [];
  const seenInBlock: number[] = [];
  let tally = createTally();

  function write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(file, bytes, done, bytes.length - done, offset + done);
    } catch (error) {
      throw failed(error);
    }
    offset += bytes.length;
  }

  function flush(): void {
    if (filled === 0) return;
    const start = offset;
    const columns = [
      words.subarray(0, filled),
      times.subarray(0, filled),
      valuesLo.subarray(0, values),
      valuesHi.subarray(0, values),
    ];
    for (const part of encodeBlock(columns, bases, level)) write(part);
    blocks.push({ offset: start, bytes: offset - start, events: filled });
    filled = 0;
    values = 0;
    bases = [];
  }

  function full(what: string, most: number): TraplineError {
    return new TraplineError("unsupported", `the recording has more than ${most} ${what}`, { file: path });
  }

  return {
    register(encoding) {
      let index = registerIndex.get(encoding);
      if (index === undefined) {
        index = encodings.length;
        if (index >= maxRegisters) throw full("different registers", maxRegisters - 1);
        encodings.push(encoding);
        registerIndex.set(encoding, index);
      }
      return index;
    },

    place(pcpu, vcpu) {
      const key = pcpu * two32 + vcpu + 1;
      let index = placeIndex.get(key);
      if (index === undefined) {
        index = places.length / 2;
        if (index >= maxPlaces) throw full("pairs of pCPU and vCPU", maxPlaces);
        places.push(pcpu, vcpu);
        placePcpu.push(pcpu);
        placeIndex.set(key, index);
      }
      return index;
    },

    append(kind, register, place, time, hasValue, lo, hi) {
      const pcpu = placePcpu[place];
      let delta = time - (lastTime[pcpu] ?? time);
      // A step that 32 bits do not hold, or a clock that went back, starts a block: its base holds any time.
      if (filled === blockEvents || delta < 0 || delta >= two32) flush();
      if (seenInBlock[pcpu] !== blocks.length) {
        seenInBlock[pcpu] = blocks.length;
        firstTime[pcpu] ??= time;
        bases.push({ pcpu, time });
        delta = 0;
      }
      lastTime[pcpu] = time;
      words[filled] = packWord(kind, register, place, hasValue);
      times[filled] = delta;
      filled++;
      events++;
      if (hasValue) {
        valuesLo[values] = lo;
        valuesHi[values] = hi;
        values++;
      }
      tally.add(kind, register, place, places[2 * place + 1], time, hasValue, lo, hi);
    },

    restart() {
      offset = preludeLength;
      blocks = [];
      events = 0;
      filled = 0;
      values = 0;
      bases = [];
      encodings.length = 1;
      registerIndex.clear();
      places.length = 0;
      placePcpu.length = 0;
      placeIndex.clear();
      lastTime.length = 0;
      firstTime.length = 0;
      seenInBlock.length = 0;
      tally = createTally();
    },

    finish(fields) {
      flush();
      const { pcpus, recorded, ...rest } = fields;
      const indices = (list: readonly number[]): number[] => list.map((each) => this.register(each));
      const header: TraceHeader = {
        ...rest,
        events,
        pcpus: pcpus.map((pcpu, at) => ({ pcpu, first: firstTime[at] ?? 0, last: lastTime[at] ?? 0 })),
        guestTime: fields.vcpus.map((_, vcpu) => tally.guestTime(vcpu)),
        places,
        recorded: {
          guestSave: indices(recorded.guestSave),
          guestRestore: indices(recorded.guestRestore),
          hostSave: indices(recorded.hostSave),
          hostRestore: indices(recorded.hostRestore),
        },
        registers: encodings,
        tally: tally.rows(),
        exits: tally.exits(),
      };
      const headerBytes = pack(header);
      const indexBytes = pack(blocks.map(({ offset: at, bytes, events: count }) => [at, bytes, count]));
      const headerOffset = offset;
      write(headerBytes);
      const indexOffset = offset;
      write(indexBytes);
      const fileLength = offset;
      offset = 0;
      write(
        encodePrelude({
          version: formatVersion,
          headerOffset,
          headerLength: headerBytes.length,
          headerCrc: crc32(headerBytes),
          indexOffset,
          indexLength: indexBytes.length,
          indexCrc: crc32(indexBytes),
          fileLength,
        }),
      );
      try {
        // After a restart the file may be longer than what was written last.
        ftruncateSync(file, fileLength);
        fsyncSync(file);
        closeSync(file);
        open = false;
        renameSync(temporary, path);
      } catch (error) {
        throw failed(error);
      }
      return header;
    },

    abort() {
      if (open) closeSync(file);
      open = false;
      rmSync(temporary, { force: true });
    },
  };
}
