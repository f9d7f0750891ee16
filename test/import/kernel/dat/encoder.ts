import { deflateSync } from "node:zlib";
import { rawFrame } from "../../input/helpers.js";

/** Writes trace.dat files as small as they can be, so that tests know what is in them. */

/** Numbers and strings in one byte order. */
export interface Bytes {
  u8(value: number): Bytes;
  u16(value: number): Bytes;
  u32(value: number): Bytes;
  u64(value: number | bigint): Bytes;
  text(value: string): Bytes;
  /** With a NUL byte. */
  string(value: string): Bytes;
  raw(value: Uint8Array): Bytes;
  /** Zeros up to a multiple. */
  align(multiple: number): Bytes;
  readonly length: number;
  done(): Buffer;
}

export function bytes(little: boolean): Bytes {
  const parts: Buffer[] = [];
  let length = 0;
  const add = (part: Uint8Array): Bytes => {
    parts.push(Buffer.from(part));
    length += part.length;
    return self;
  };
  const number = (size: number, value: bigint): Bytes => {
    const part = Buffer.alloc(8);
    if (little) part.writeBigUInt64LE(BigInt.asUintN(64, value));
    else part.writeBigUInt64BE(BigInt.asUintN(64, value << BigInt(64 - 8 * size)));
    return add(part.subarray(0, size));
  };
  const self: Bytes = {
    u8: (value) => number(1, BigInt(value)),
    u16: (value) => number(2, BigInt(value)),
    u32: (value) => number(4, BigInt(value)),
    u64: (value) => number(8, BigInt(value)),
    text: (value) => add(Buffer.from(value)),
    string: (value) => add(Buffer.from(`${value}\0`)),
    raw: add,
    align: (multiple) => add(Buffer.alloc((multiple - (length % multiple)) % multiple)),
    get length() {
      return length;
    },
    done: () => Buffer.concat(parts),
  };
  return self;
}

/** What stands in a page: an event, or one of the ring buffer's own. */
export type Item =
  | { readonly delta: number; readonly data: Uint8Array; readonly long?: boolean }
  | { readonly extend: number }
  | { readonly stamp: bigint }
  | { readonly discarded: number; readonly delta: number }
  | { readonly padding: true };

export interface Page {
  readonly time: bigint;
  readonly items: readonly Item[];
  /** Events lost before it; -1: the kernel does not say how many. */
  readonly lost?: number;
}

export interface Shape {
  readonly version: 6 | 7;
  readonly little: boolean;
  /** Bytes of the kernel's long. */
  readonly long: 4 | 8;
  readonly compression: "none" | "zlib" | "zstd";
  readonly pageSize: number;
}

export interface Format {
  readonly id: number;
  readonly system: string;
  readonly name: string;
  /** Lines as the kernel writes them. */
  readonly fields: readonly string[];
}

export interface Instance {
  readonly name: string;
  readonly clock: string;
  readonly cpus: readonly { readonly cpu: number; readonly pages: readonly Page[] }[];
}

export interface Content {
  readonly formats: readonly Format[];
  readonly commands: Readonly<Record<number, string>>;
  readonly instances: readonly Instance[];
  /** Options by number, besides those that every file has. */
  readonly options?: readonly { readonly id: number; readonly data: Uint8Array }[];
}

function header(little: boolean, type: number, delta: number): number {
  return (little ? (delta << 5) | type : (type << 27) | delta) >>> 0;
}

function encodeItem(out: Bytes, little: boolean, item: Item): void {
  if ("extend" in item) {
    out.u32(header(little, 30, item.extend % 2 ** 27)).u32(Math.floor(item.extend / 2 ** 27));
  } else if ("stamp" in item) {
    out
      .u32(header(little, 31, Number(item.stamp & 0x7ffffffn)))
      .u32(Number((item.stamp >> 27n) & 0xffffffffn));
  } else if ("padding" in item) {
    out.u32(header(little, 29, 0)).raw(Buffer.alloc(4, 0xff));
  } else if ("discarded" in item) {
    out
      .u32(header(little, 29, item.delta))
      .u32(item.discarded + 4)
      .raw(Buffer.alloc(item.discarded, 0xee));
  } else {
    const padded = Buffer.concat([item.data, Buffer.alloc((4 - (item.data.length % 4)) % 4)]);
    const isLong = item.long === true || padded.length > 28 * 4;
    if (isLong) out.u32(header(little, 0, item.delta)).u32(item.data.length + 4);
    else out.u32(header(little, padded.length / 4, item.delta));
    out.raw(padded);
  }
}

function encodePage({ little, long, pageSize }: Shape, { time, items, lost = 0 }: Page): Buffer {
  const events = bytes(little);
  for (const item of items) encodeItem(events, little, item);
  const out = bytes(little).u64(time);
  const commit = events.length + (lost === 0 ? 0 : lost < 0 ? 2 ** 31 : 2 ** 31 + 2 ** 30);
  if (long === 8) out.u64(commit);
  else out.u32(commit);
  out.raw(events.done());
  if (lost > 0) out.raw(long === 8 ? bytes(little).u64(lost).done() : bytes(little).u32(lost).done());
  if (out.length > pageSize) throw new RangeError(`a page of ${out.length} bytes`);
  return out.align(pageSize).done();
}

function encodeHeaderInfo({ little, long, pageSize }: Shape): Buffer {
  const page = [
    "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;",
    `\tfield: local_t commit;\toffset:8;\tsize:${long};\tsigned:1;`,
    "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;",
    `\tfield: char data;\toffset:${8 + long};\tsize:${pageSize - 8 - long};\tsigned:1;`,
  ];
  const event = [
    "# compressed entry header",
    "\ttype_len    :    5 bits",
    "\ttime_delta  :   27 bits",
    "\tarray       :   32 bits",
    "",
    "\tpadding     : type == 29",
    "\ttime_extend : type == 30",
    "\ttime_stamp : type == 31",
    "\tdata max type_len  == 28",
  ];
  const out = bytes(little);
  for (const [name, lines] of Object.entries({ header_page: page, header_event: event })) {
    const text = `${lines.join("\n")}\n`;
    out.string(name).u64(text.length).text(text);
  }
  return out.done();
}

function formatText({ id, name, fields }: Format): string {
  return `name: ${name}\nID: ${id}\nformat:\n${fields.join("\n")}\n\nprint fmt: "made up", REC->x\n`;
}

function encodeFormats(little: boolean, formats: readonly Format[]): { ftrace: Buffer; events: Buffer } {
  const texts = (system: string): string[] =>
    formats.filter((format) => format.system === system).map((format) => formatText(format));
  const table = (out: Bytes, system: string): Bytes => {
    out.u32(texts(system).length);
    for (const text of texts(system)) out.u64(text.length).text(text);
    return out;
  };
  const systems = [...new Set(formats.map(({ system }) => system))].filter((system) => system !== "ftrace");
  const events = bytes(little).u32(systems.length);
  for (const system of systems) table(events.string(system), system);
  return { ftrace: table(bytes(little), "ftrace").done(), events: events.done() };
}

function encodeCommands(little: boolean, commands: Content["commands"]): Buffer {
  const text = Object.entries(commands)
    .map(([pid, name]) => `${pid} ${name}\n`)
    .join("");
  return bytes(little).u64(text.length).text(text).done();
}

function pack(compression: Shape["compression"], content: Uint8Array): Buffer {
  return compression === "zlib" ? deflateSync(content) : rawFrame(content);
}

export function encodeDat(shape: Shape, content: Content): Buffer {
  const out = bytes(shape.little)
    .raw(Uint8Array.of(0x17, 0x08, 0x44))
    .text("tracing")
    .string(String(shape.version))
    .u8(Number(!shape.little))
    .u8(shape.long)
    .u32(shape.pageSize);
  return shape.version === 6 ? encode6(out, shape, content) : encode7(out, shape, content);
}

const bytesOfRange6 = 16;

function encode6(out: Bytes, shape: Shape, { formats, commands, instances, options = [] }: Content): Buffer {
  const { little, pageSize } = shape;
  const { ftrace, events } = encodeFormats(little, formats);
  out.raw(encodeHeaderInfo(shape)).raw(ftrace).raw(events);
  out.u32(3).text("sym").u32(2).text("pf").raw(encodeCommands(little, commands));
  const [top, ...others] = instances;
  const clock = Buffer.from(`local [${top.clock}] global\n\0`);
  const pages = instances.map(({ cpus }) => cpus.map((cpu) => encodePages(shape, cpu.pages)));
  const all = [{ id: 4, data: clock }, ...options];
  const fixed = all.reduce((sum, { data }) => sum + 6 + data.length, 0);
  const named = others.reduce((sum, { name }) => sum + 6 + 8 + name.length + 1, 0);
  // Where the tables of the other instances will be, and behind them the pages.
  let tables = out.length + 4 + 10 + fixed + named + 2 + 10 + top.cpus.length * bytesOfRange6;
  const places = others.map(({ cpus }) => {
    const at = tables;
    tables += 10 + cpus.length * bytesOfRange6;
    return at;
  });
  let data = Math.ceil(tables / pageSize) * pageSize;
  out.u32(top.cpus.length).string("options  ");
  for (const option of all) out.u16(option.id).u32(option.data.length).raw(option.data);
  for (const [at, { name }] of others.entries()) {
    const option = bytes(little).u64(places[at]).string(name).done();
    out.u16(3).u32(option.length).raw(option);
  }
  out.u16(0);
  for (const table of pages) {
    out.string("flyrecord");
    for (const each of table) {
      out.u64(data).u64(each.length);
      data += each.length;
    }
  }
  out.align(pageSize);
  for (const each of pages.flat()) out.raw(each);
  return out.done();
}

const encodePages = (shape: Shape, pages: readonly Page[]): Buffer =>
  Buffer.concat(pages.map((page) => encodePage(shape, page)));

function encode7(out: Bytes, shape: Shape, { formats, commands, instances, options = [] }: Content): Buffer {
  const { little, compression, pageSize } = shape;
  const { ftrace, events } = encodeFormats(little, formats);
  out.string(compression).string("1.0");
  const firstAt = out.length;
  out.u64(0);
  const section = (id: number, content: Uint8Array): number => {
    const at = out.length;
    const packed = compression === "none" ? undefined : pack(compression, content);
    out
      .u16(id)
      .u16(packed === undefined ? 0 : 1)
      .u32(0);
    if (packed === undefined) out.u64(content.length).raw(content);
    else
      out
        .u64(packed.length + 8)
        .u32(packed.length)
        .u32(content.length)
        .raw(packed);
    return at;
  };
  const sections = [
    [16, section(16, encodeHeaderInfo(shape))],
    [17, section(17, ftrace)],
    [18, section(18, events)],
    [21, section(21, encodeCommands(little, commands))],
  ] as const;
  const buffers = instances.map(({ name, clock, cpus }): Buffer => {
    const at = out.length;
    out
      .u16(3)
      .u16(compression === "none" ? 0 : 1)
      .u32(0)
      .u64(0)
      .align(pageSize);
    const option = bytes(little).u64(at).string(name).string(clock).u32(pageSize).u32(cpus.length);
    for (const { cpu, pages } of cpus) {
      const start = out.length;
      if (compression === "none") out.raw(encodePages(shape, pages));
      else {
        // Pieces of two pages, so that even a small buffer has more than one.
        const pieces = Array.from({ length: Math.ceil(pages.length / 2) }, (_, each) =>
          encodePages(shape, pages.slice(2 * each, 2 * each + 2)),
        );
        out.u32(pieces.length);
        for (const piece of pieces) {
          const packed = pack(compression, piece);
          out.u32(packed.length).u32(piece.length).raw(packed);
        }
        out.align(pageSize);
      }
      option
        .u32(cpu)
        .u64(start)
        .u64(out.length - start);
    }
    return option.done();
  });
  const encodeOptions = (
    list: readonly { readonly id: number; readonly data: Uint8Array }[],
    next: number,
  ): Buffer => {
    const content = bytes(little);
    for (const { id, data } of list) content.u16(id).u32(data.length).raw(data);
    return content.u16(0).u32(8).u64(next).done();
  };
  // Two sections of options, the one at the end of the file being the first, as trace-cmd may write them.
  const later = section(
    0,
    encodeOptions(
      buffers.map((data) => ({ id: 3, data })),
      0,
    ),
  );
  const places = sections.map(([id, at]) => ({ id, data: bytes(little).u64(at).done() }));
  const first = section(0, encodeOptions([...places, ...options], later));
  const file = out.done();
  bytes(little).u64(first).done().copy(file, firstAt);
  return file;
}
