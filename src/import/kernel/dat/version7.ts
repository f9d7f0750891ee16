import type { Bytes } from "./bytes.js";
import { readCommands } from "./commands.js";
import type { Decompress } from "./decompress.js";
import { type Formats, readEventFormats, readFtraceFormats } from "./formats.js";
import { type DatHead, checkPageSize } from "./head.js";
import { readOptions7 } from "./options.js";
import { readPageFormat } from "./page-format.js";
import { openSection, readSectionHead, Section } from "./section.js";
import { defaultClock, noBuffers, type Instance, type Tables } from "./tables.js";

/** Version 7: sections anywhere in the file, whose places the options tell (trace-cmd.dat.v7(5)). */
export function readTables7(file: Bytes, { little, next }: DatHead, decompress: Decompress): Tables {
  const options = readOptions7(file, next.u64(), little, decompress);
  const open = (id: number): ReturnType<typeof openSection> | undefined => {
    const at = options.sections.get(id);
    return at === undefined ? undefined : openSection(file, at, little, id, decompress);
  };
  const headerInfo = open(Section.headerInfo);
  if (headerInfo === undefined) throw next.damaged("it does not say what its ring buffers are like");
  const page = readPageFormat(headerInfo, little);
  const formats: Formats = new Map();
  const ftrace = open(Section.ftraceFormats);
  if (ftrace !== undefined) readFtraceFormats(ftrace, formats);
  const events = open(Section.eventFormats);
  if (events !== undefined) readEventFormats(events, formats);
  const commands = open(Section.commands);
  const instances = options.buffers.map(({ name, at, clock, pageSize, cpus }): Instance => {
    const section = readSectionHead(file, at, little, Section.buffer);
    return {
      name,
      clock: clock ?? defaultClock,
      pageSize: checkPageSize(pageSize ?? 0, next),
      compressed: section.compressed,
      cpus,
    };
  });
  if (instances.length === 0) throw noBuffers(file);
  return {
    page,
    formats,
    commands: commands === undefined ? new Map() : readCommands(commands),
    options,
    // The top one has no name, and a file may have it behind the others.
    instances: instances.toSorted((a, b) => Number(a.name !== "") - Number(b.name !== "")),
  };
}
