import { type Cursor, textOf } from "./cursor.js";
import { readFields } from "./fields.js";

/** Where a page of the ring buffer keeps what, in bytes. */
export interface PageFormat {
  readonly timestamp: number;
  /** The low four bytes of the field that holds the length of the data and flags. */
  readonly commit: number;
  /** Bytes of the kernel's long, which the number of lost events has too. */
  readonly long: number;
  readonly data: number;
}

/** Both texts are a few hundred bytes. */
const mostText = 1 << 16;
const mostHeader = 256;

/**
 * Reads the kernel's own words on its ring buffer, `events/header_page` and `events/header_event`. Where an event's
 * header lies differently than it has since Linux 2.6.31 the file is refused: no kernel does.
 */
export function readPageFormat(cursor: Cursor, little: boolean): PageFormat {
  const page = partOf(cursor, "header_page");
  const fields = new Map(readFields(page).map((field) => [field.name, field]));
  const [timestamp, commit, data] = ["timestamp", "commit", "data"].map((name) => fields.get(name));
  if (timestamp?.size !== 8 || (commit?.size !== 8 && commit?.size !== 4) || data === undefined) {
    throw cursor.damaged("the ring buffer's pages have no timestamp, commit and data as known");
  }
  const far = Math.max(timestamp.offset + 8, commit.offset + commit.size);
  if (data.offset < far || data.offset > mostHeader || data.offset % 4 !== 0 || commit.offset % 4 !== 0) {
    throw cursor.damaged("the ring buffer's page header makes no sense");
  }
  const event = partOf(cursor, "header_event");
  for (const [what, pattern] of eventHeader) {
    if (!pattern.test(event)) throw cursor.damaged(`the ring buffer's events have no ${what} as known`);
  }
  return {
    timestamp: timestamp.offset,
    commit: commit.offset + (little ? 0 : commit.size - 4),
    long: commit.size,
    data: data.offset,
  };
}

const eventHeader: readonly (readonly [string, RegExp])[] = [
  ["type_len", /type_len\s*:\s*5 bits/],
  ["time_delta", /time_delta\s*:\s*27 bits/],
  ["array", /array\s*:\s*32 bits/],
  ["padding", /padding\s*: type == 29/],
  ["time extend", /time_extend\s*: type == 30/],
];

function partOf(cursor: Cursor, name: string): string {
  if (cursor.string() !== name) throw cursor.damaged(`${name} is not where it should be`);
  const size = cursor.u64();
  if (size > mostText) throw cursor.damaged(`${name} of ${size} bytes`);
  return textOf(cursor.bytes(size));
}
