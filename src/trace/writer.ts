import { crc32 } from "node:zlib";
import { pack } from "msgpackr";
import { TraplineError } from "../errors.js";
import { encodeBlock, isStep, lastWord, maxBlockEvents, type BaseTime } from "./block.js";
import { formatVersion, type BlockRow, type TraceHeader } from "./header.js";
import { checkHeader } from "./header-check.js";
import { kindCount } from "./kinds.js";
import { openPartFile } from "./part-file.js";
import { encodePrelude, maxHeaderBytes, maxStructureBytes, preludeLength } from "./prelude.js";
import { createInvariantChecker } from "./invariants/checker.js";
import { createTally } from "./tally.js";
import { encodeDictionary } from "./windows/dictionary-block.js";
import { sctlrEl1, showsValue, type OnceCounts } from "./windows/once.js";
import { createWindowStream, type WindowLimits } from "./windows/stream.js";
import { encodeWindowBlock } from "./windows/window-block.js";
import { windowIndexRows, type DictionaryRow, type WindowRow } from "./windows/window-index.js";
import { isUnseen } from "./windows/cutter.js";
import { maxPcpus, maxPlaces, maxRegisters, maxVcpus, packWord } from "./word.js";

/** What only the importer knows of a trace; the writer adds what it counted. */
export type HeaderFields = Pick<
  TraceHeader,
  | "tool"
  | "source"
  | "clock"
  | "mode"
  | "capabilities"
  | "passedOver"
  | "anomalies"
  | "vcpus"
  | "modelled"
  | "damaged"
> & {
  /** pCPU numbers by pCPU index. */
  readonly pcpus: readonly number[];
  /** Encodings by the lists of `RecordedLists`. */
  readonly recorded: Readonly<Record<keyof TraceHeader["recorded"], readonly number[]>>;
};

/**
 * Writes a trace as events come, in memory for one block. Nothing stands under the final name until `finish`.
 * The same calls give the same bytes with the same zlib. Throws TraplineError "output" if the file cannot be
 * written, "unsupported" if the recording does not fit the format, RangeError for a call that is a mistake.
 */
export interface TraceWriter {
  /** The dictionary's index of an encoding, entered at first use. */
  register(encoding: number): number;
  /** The index of a (pCPU index, vCPU index) pair; vCPU -1 for events of the pCPU alone. */
  place(pcpu: number, vcpu: number): number;
  /**
   * One event. `register` and `place` as they were given out; `time` in clock units of the place's pCPU, a whole
   * number below 2^53; the value in two halves of 32 bits, signed or not.
   */
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

export interface WriterOptions extends WindowLimits {
  /**
   * zlib level of time and value columns, 0 for none. A recording of 1.9 million events takes 35 ms and 1.0 MB
   * at the default 3, 31 ms and 1.3 MB at 1, 97 ms and 0.8 MB at 6, 0.5 s and 0.7 MB at 9; its words, which are
   * never compressed, take 7.6 MB.
   */
  readonly level?: number;
  /** Events per block, 65,536 by default. */
  readonly blockEvents?: number;
}

const two32 = 2 ** 32;
export function createTraceWriter(path: string, options: WriterOptions = {}): TraceWriter {
  const { level = 3, blockEvents = 1 << 16 } = options;
  if (!Number.isInteger(level) || level < 0 || level > 9) throw new RangeError(`no zlib level ${level}`);
  if (!Number.isInteger(blockEvents) || blockEvents < 1 || blockEvents > maxBlockEvents) {
    throw new RangeError(`a block cannot hold ${blockEvents} events`);
  }
  const file = openPartFile(path);
  let offset = preludeLength;
  let blocks: BlockRow[] = [];
  let events = 0;

  const words = new Uint32Array(blockEvents);
  const times = new Int32Array(blockEvents);
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
  const invariants = createInvariantChecker();
  /** Index of SCTLR_EL1, whose value tells when a guest has its caches on; -1 until it is entered. */
  let sctlr = -1;
  let windowBlocks: WindowRow[] = [];
  const windows = createWindowStream((chunks) => {
    const start = offset;
    const encoded = encodeWindowBlock(chunks);
    for (const bytes of encoded) write(bytes);
    const count = chunks.counts.reduce((sum, each) => sum + each, 0);
    const { segmentation, literals } = chunks;
    windowBlocks.push({
      offset: start,
      bytes: offset - start,
      segmentation,
      windows: count,
      literals,
      crc: lastWord(encoded[0]),
    });
  }, options);

  function write(bytes: Uint8Array): void {
    offset = file.write(bytes, offset);
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
    const encoded = encodeBlock(columns, bases, level);
    write(Buffer.concat(encoded));
    blocks.push({ offset: start, bytes: offset - start, events: filled, crc: lastWord(encoded[0]) });
    filled = 0;
    values = 0;
    bases = [];
  }

  function full(what: string, most: number): TraplineError {
    return new TraplineError("unsupported", `the recording has more than ${most} ${what}`, { file: path });
  }

  function registerOf(encoding: number): number {
    let index = registerIndex.get(encoding);
    if (index === undefined) {
      index = encodings.length;
      if (index >= maxRegisters) throw full("different registers", maxRegisters - 1);
      encodings.push(encoding);
      registerIndex.set(encoding, index);
      if (encoding === sctlrEl1) sctlr = index;
    }
    return index;
  }

  const indices = (list: readonly number[]): number[] => list.map((each) => registerOf(each));

  /** What the format calls a trace's header, in the order in which it is written. */
  function headerOf(fields: HeaderFields): TraceHeader {
    const { tool, source, clock, mode, pcpus, vcpus, capabilities, recorded } = fields;
    const lists = {
      guestSave: indices(recorded.guestSave),
      guestRestore: indices(recorded.guestRestore),
      hostSave: indices(recorded.hostSave),
      hostRestore: indices(recorded.hostRestore),
    };
    const breaches = invariants.breaches();
    const header: TraceHeader = {
      tool,
      source,
      clock,
      mode,
      events,
      pcpus: pcpus.map((pcpu, at) => ({ pcpu, first: firstTime[at] ?? 0, last: lastTime[at] ?? 0 })),
      vcpus: vcpus.map((vcpu) => ({ ...vcpu })),
      guestTime: vcpus.map((_, vcpu) => tally.guestTime(vcpu)),
      places: [...places],
      registers: [...encodings],
      capabilities,
      recorded: lists,
      tally: tally.rows(),
      exits: tally.exits(),
      passedOver: fields.passedOver,
      anomalies: fields.anomalies,
      ...(fields.modelled === undefined ? {} : { modelled: fields.modelled }),
      ...(breaches.length === 0 ? {} : { breaches }),
      ...(fields.damaged === undefined ? {} : { damaged: fields.damaged }),
    };
    // What a reader would refuse is a mistake here, and better found now than by whoever opens the file.
    return checkHeader(header, (what) => new RangeError(what));
  }

  function packed(what: string, structure: unknown, most: number): Uint8Array {
    const bytes = pack(structure);
    if (bytes.length > most) throw full(`bytes of ${what}`, most);
    return bytes;
  }

  function finishWindows(): { readonly dictionaries: DictionaryRow[]; readonly once: OnceCounts } {
    const found = windows.finish();
    const dictionaries = found.dictionaries.map((dictionary, segmentation): DictionaryRow => {
      const start = offset;
      const encoded = encodeDictionary(segmentation, dictionary);
      for (const bytes of encoded) write(bytes);
      return { offset: start, bytes: offset - start, crc: lastWord(encoded[0]) };
    });
    return { dictionaries, once: found.once };
  }

  return {
    register: registerOf,

    place(pcpu, vcpu) {
      const key = pcpu * two32 + vcpu + 1;
      let index = placeIndex.get(key);
      if (index === undefined) {
        index = places.length / 2;
        if (pcpu >= maxPcpus) throw full("pCPUs", maxPcpus);
        if (vcpu >= maxVcpus) throw full("vCPUs", maxVcpus);
        if (index >= maxPlaces) throw full("pairs of pCPU and vCPU", maxPlaces);
        places.push(pcpu, vcpu);
        placePcpu.push(pcpu);
        placeIndex.set(key, index);
      }
      return index;
    },

    append(kind, register, place, time, hasValue, lo, hi) {
      const pcpu = placePcpu[place];
      if (
        pcpu === undefined ||
        !(kind >= 0 && kind < kindCount && register >= 0 && register < encodings.length)
      ) {
        throw new RangeError(`no event of kind ${kind}, register ${register}, place ${place}`);
      }
      if (!Number.isSafeInteger(time) || time < 0) {
        throw new TraplineError("unsupported", `the time ${time} is not a whole number below 2^53`, {
          file: path,
        });
      }
      if (filled === blockEvents) flush();
      let delta = seenInBlock[pcpu] === blocks.length ? time - lastTime[pcpu] : 0;
      // A step that the column does not hold starts a block: its base holds any time.
      if (!isStep(delta)) flush();
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
      const vcpu = places[2 * place + 1];
      tally.add(kind, register, place, vcpu, time, hasValue, lo, hi);
      invariants.add(kind, pcpu, vcpu, time, blocks.length);
      if (vcpu < 0) return;
      if (!isUnseen(kind)) windows.add(kind, register, pcpu, vcpu);
      if (register === sctlr && hasValue && showsValue.has(kind)) windows.sctlr(vcpu, lo);
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
      invariants.clear();
      sctlr = -1;
      windowBlocks = [];
      windows.clear();
    },

    finish(fields) {
      flush();
      const { dictionaries, once } = finishWindows();
      const header = headerOf(fields);
      const headerBytes = packed("header", header, maxHeaderBytes);
      const rows = blocks.map(({ offset: at, bytes, events: count, crc }) => [at, bytes, count, crc ?? 0]);
      const index = [rows, ...windowIndexRows({ blocks: windowBlocks, dictionaries, once })];
      const indexBytes = packed("index", index, maxStructureBytes);
      const headerOffset = offset;
      write(headerBytes);
      const indexOffset = offset;
      write(indexBytes);
      const prelude = encodePrelude({
        version: formatVersion,
        headerOffset,
        headerLength: headerBytes.length,
        headerCrc: crc32(headerBytes),
        indexOffset,
        indexLength: indexBytes.length,
        indexCrc: crc32(indexBytes),
        fileLength: offset,
      });
      file.write(prelude, 0);
      // After a restart the file may be longer than what was written last.
      file.finish(offset);
      return header;
    },

    abort: () => file.abort(),
  };
}
