import type { TraceHeader } from "../header.js";
import { accessKinds } from "../kinds.js";
import type { PlainReader } from "../msgpack.js";
import { readRows, tableOf, type NumberRows, type Table } from "../table.js";
import { minDictionaryBytes } from "./dictionary-block.js";
import { areOnceCounts } from "./once-check.js";
import { restoreKinds, type BeforeCachesRow, type OnceCounts, type StayRow } from "./once.js";
import { segmentations } from "./segmentation.js";
import { minWindowBlockBytes } from "./window-block.js";

/** Where a block of windows is, how many it holds, and how many of them have no number. */
export interface WindowRow {
  readonly offset: number;
  readonly bytes: number;
  readonly segmentation: number;
  readonly windows: number;
  readonly literals: number;
  /** CRC-32 at the end of its head, which covers that of its words. */
  readonly crc: number;
}

/** Where the dictionary of a segmentation is. */
export interface DictionaryRow {
  readonly offset: number;
  readonly bytes: number;
  /** CRC-32 at the end of its head, which covers that of its stream. */
  readonly crc: number;
}

/** What the index of a trace says of its windows. */
export interface WindowIndex {
  readonly blocks: Table<WindowRow>;
  /** By segmentation. */
  readonly dictionaries: readonly DictionaryRow[];
  readonly once: OnceCounts;
}

/** As it stands in the index of a file: four lists of rows. */
export function windowIndexRows({
  blocks,
  dictionaries,
  once,
}: Omit<WindowIndex, "blocks"> & { readonly blocks: readonly WindowRow[] }): number[][][] {
  return [
    blocks.map(({ offset, bytes, segmentation, windows, literals, crc }) => [
      offset,
      bytes,
      segmentation,
      windows,
      literals,
      crc,
    ]),
    dictionaries.map(({ offset, bytes, crc }) => [offset, bytes, crc]),
    once.stays.map((row) => [...row]),
    once.beforeCaches.map((row) => [...row]),
  ];
}

/** The four lists of an index, as numbers. */
export interface WindowLists {
  readonly blocks: NumberRows;
  readonly dictionaries: NumberRows;
  readonly stays: NumberRows;
  readonly beforeCaches: NumberRows;
}

/** Reads the four lists; throws RangeError for what is no such list. */
export function readWindowLists(reader: PlainReader): WindowLists {
  const [blocks, dictionaries, stays, beforeCaches] = [6, 3, 3, 4].map((width) => readRows(reader, width));
  return { blocks, dictionaries, stays, beforeCaches };
}

/** What the lists say; throws what `fail` makes of a row that cannot be. Offsets are held against the file by the caller. */
export function windowIndexOf(
  lists: WindowLists,
  header: Pick<TraceHeader, "registers" | "vcpus" | "places" | "tally">,
  fail: (what: string) => Error,
): WindowIndex {
  const check = (holds: boolean): void => {
    if (!holds) throw fail("the index is wrong about the windows");
  };
  const [dictionaries, stays, before] = [lists.dictionaries, lists.stays, lists.beforeCaches].map(arraysOf);
  const { values, width, length } = lists.blocks;
  const blocks = tableOf(length, (block): WindowRow => {
    const [offset, bytes, segmentation, windows, literals, crc] = values.subarray(block * width);
    return { offset, bytes, segmentation, windows, literals, crc };
  });
  // A window takes a word or more: a number of windows is believed before its block is read.
  for (const { bytes, segmentation, windows, literals } of blocks) {
    check(
      segmentation < segmentations.length &&
        windows >= 1 &&
        literals <= windows &&
        bytes >= minWindowBlockBytes + 2 * windows,
    );
  }
  check(dictionaries.length === segmentations.length);
  check(dictionaries.every(([, bytes]) => bytes >= minDictionaryBytes));
  check(stays.every(([kind, vcpu]) => restoreKinds.includes(kind) && vcpu < header.vcpus.length));
  check(
    before.every(
      ([kind, register, vcpu]) =>
        accessKinds.has(kind) && register < header.registers.length && vcpu < header.vcpus.length,
    ),
  );
  const once: OnceCounts = {
    stays: stays.map(([kind, vcpu, count]): StayRow => [kind, vcpu, count]),
    beforeCaches: before.map(([kind, register, vcpu, count]): BeforeCachesRow => [
      kind,
      register,
      vcpu,
      count,
    ]),
  };
  if (!areOnceCounts(once, header)) throw fail("the index and the header differ");
  return {
    blocks,
    dictionaries: dictionaries.map(([offset, bytes, crc]) => ({ offset, bytes, crc })),
    once,
  };
}

const arraysOf = ({ length, width, values }: NumberRows): number[][] =>
  Array.from({ length }, (_, row) => [...values.subarray(row * width, (row + 1) * width)]);
