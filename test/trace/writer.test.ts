import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { createTraceWriter, type TraceWriter } from "#src/trace/writer.js";
import { steadySamples } from "./samples.js";
import { fields, readTrace, temporaryFolder, troubleOf, writeTrace } from "./support.js";

const folder = temporaryFolder();
const path = join(folder, "trace.trl");

/** Appends an event without register or value at each time, and says how the trace was cut. */
function blocksOf(times: readonly number[], blockEvents = 100): number[] {
  const writer = createTraceWriter(path, { blockEvents });
  for (const time of times) writer.append(Kind.entry, 0, writer.place(0, 0), time, false, 0, 0);
  writer.finish(fields);
  const trace = openTrace(path);
  trace.close();
  expect(readTrace(path).map(({ time }) => time)).toEqual(times);
  return [...trace.blocks].map(({ events }) => events);
}

function withWriter(use: (writer: TraceWriter) => void): void {
  const writer = createTraceWriter(path);
  try {
    use(writer);
  } finally {
    writer.abort();
  }
}

describe("blocks", () => {
  it("are as long as asked for", () => {
    expect(blocksOf([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([3, 3, 1]);
  });

  it("go on over small steps back and end at steps that 32 bits do not hold", () => {
    expect(blocksOf([10, 5, 7, 0])).toEqual([4]);
    expect(blocksOf([0, 2 ** 31 - 1, 0])).toEqual([3]);
    expect(blocksOf([0, 2 ** 31, 2 ** 31])).toEqual([1, 2]);
    expect(blocksOf([2 ** 31, 0])).toEqual([2]);
    expect(blocksOf([2 ** 31 + 1, 0])).toEqual([1, 1]);
    expect(blocksOf([0, Number.MAX_SAFE_INTEGER, 0])).toEqual([1, 1, 1]);
  });

  it("are none for a recording without events", () => {
    expect(blocksOf([])).toEqual([]);
  });
});

describe("the file", () => {
  it.each([10, 5000])("is the same for the same events, also after a restart at %d", (before) => {
    const [one, other] = [join(folder, "one.trl"), join(folder, "other.trl")];
    const samples = steadySamples(300);
    writeTrace(one, samples, { blockEvents: 64 });
    const writer = createTraceWriter(other, { blockEvents: 64 });
    // Less or more than is written afterwards, with the same registers and places in another order.
    for (let at = 0; at < before; at++) {
      const [register, place] = [
        writer.register([0xc513, 0x1, 0xc080][at % 3]),
        writer.place(3 - (at % 4), 1),
      ];
      writer.append(Kind.guestWrite, register, place, at, true, at, at);
      writer.append(Kind.entry, 0, writer.place(1, 1), at, false, 0, 0);
    }
    writer.restart();
    for (const { kind, encoding, pcpu, vcpu, time, value } of samples) {
      const register = encoding === 0 ? 0 : writer.register(encoding);
      const [lo, hi] = value ?? [0, 0];
      writer.append(kind, register, writer.place(pcpu, vcpu), time, true, lo, hi);
    }
    const { vcpus, pcpus, anomalies, ...rest } = fields;
    writer.finish({ anomalies, ...rest, pcpus, vcpus });
    expect(readFileSync(other)).toEqual(readFileSync(one));
  });

  it("has its name when it is finished and not before, and leaves nothing when it is given up", () => {
    const own = join(folder, "own");
    mkdirSync(own);
    const mine = join(own, "trace.trl");
    const given = createTraceWriter(mine, { blockEvents: 1 });
    given.append(Kind.entry, 0, given.place(0, 0), 0, false, 0, 0);
    expect(readdirSync(own)).toHaveLength(1);
    expect(readdirSync(own)).not.toContain("trace.trl");
    given.abort();
    given.abort();
    expect(readdirSync(own)).toEqual([]);
    writeTrace(mine, []);
    expect(readdirSync(own)).toEqual(["trace.trl"]);
  });

  it("can be written by two at once, of which the last to finish remains", () => {
    const [one, other] = [createTraceWriter(path), createTraceWriter(path)];
    one.append(Kind.entry, 0, one.place(0, 0), 0, false, 0, 0);
    one.finish(fields);
    other.finish(fields);
    expect(readTrace(path)).toEqual([]);
  });
});

/** What is said of an output that cannot be written. */
function refusalOf(target: string): readonly unknown[] {
  const { code, place, message } = troubleOf(() => writeTrace(target, steadySamples(10)));
  return [code, place.file, message.slice(0, 19)];
}

const named = (target: string): readonly unknown[] => ["output", target, "cannot be written: "];

describe("an output that cannot be written", () => {
  it("is named when its folder is missing or no folder", () => {
    expect(refusalOf(join(folder, "missing", "trace.trl"))).toEqual(
      named(join(folder, "missing", "trace.trl")),
    );
    writeFileSync(join(folder, "plain"), "");
    expect(refusalOf(join(folder, "plain", "trace.trl"))).toEqual(named(join(folder, "plain", "trace.trl")));
  });

  it("is named when something that is not a file has its name", () => {
    mkdirSync(join(folder, "taken.trl"));
    expect(refusalOf(join(folder, "taken.trl"))).toEqual(named(join(folder, "taken.trl")));
    // Before any work was done.
    expect(() => createTraceWriter(join(folder, "taken.trl"))).toThrow(/not a file/);
  });

  // The superuser may write everywhere; Windows has other permissions.
  it.skipIf(process.getuid === undefined || process.getuid() === 0)("is named in a read-only folder", () => {
    const locked = join(folder, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    expect(refusalOf(join(locked, "trace.trl"))).toEqual(named(join(locked, "trace.trl")));
  });

  // A limit on the size of files fails a write like a full disk does, and needs no privilege to set.
  it.skipIf(process.platform === "win32")("is named when there is no room, and leaves nothing", () => {
    const own = join(folder, "full");
    mkdirSync(own);
    const target = join(own, "trace.trl");
    const script = `
      const { createTraceWriter } = await import(${JSON.stringify(import.meta.resolve("#src/trace/writer.js"))});
      const writer = createTraceWriter(process.argv[1], { blockEvents: 1000 });
      try {
        for (let at = 0; ; at++) writer.append(4, 0, writer.place(0, 0), at, false, 0, 0);
      } catch (error) {
        writer.abort();
        console.log(error.name, error.code, error.place.file);
      }`;
    const run = spawnSync(
      "sh",
      ["-c", 'ulimit -f 64; exec "$0" --input-type=module -e "$1" "$2"', process.execPath, script, target],
      { encoding: "utf8" },
    );
    expect(run.stdout).toBe(`TraplineError output ${target}\n`);
    expect(readdirSync(own)).toEqual([]);
  });
});

describe("what does not fit the format", () => {
  it("is refused with its limit", () => {
    withWriter((writer) => {
      for (let each = 0; each < 1023; each++) expect(writer.register(each)).toBe(each + 1);
      const error = troubleOf(() => writer.register(5000));
      expect([error.code, error.message]).toEqual([
        "unsupported",
        "the recording has more than 1023 different registers",
      ]);
      expect(writer.register(7)).toBe(8);
    });
    withWriter((writer) => {
      for (let each = 0; each < 65_536; each++) writer.place(each % 256, each >>> 8);
      expect(troubleOf(() => writer.place(0, -1)).code).toBe("unsupported");
      expect(writer.place(255, 255)).toBe(65_535);
    });
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])("refuses the time %d", (time) => {
    withWriter((writer) => {
      const place = writer.place(0, 0);
      expect(troubleOf(() => writer.append(Kind.entry, 0, place, time, false, 0, 0)).code).toBe(
        "unsupported",
      );
    });
  });

  it("refuses what no importer should say", () => {
    withWriter((writer) => {
      const place = writer.place(0, 0);
      expect(() => writer.append(32, 0, place, 0, false, 0, 0)).toThrow(RangeError);
      expect(() => writer.append(Kind.entry, 1, place, 0, false, 0, 0)).toThrow(RangeError);
      expect(() => writer.append(Kind.entry, 0, 1, 0, false, 0, 0)).toThrow(RangeError);
      expect(() => writer.append(Kind.entry, -1, place, 0, false, 0, 0)).toThrow(RangeError);
    });
    // A place names a pCPU that the header then does not have.
    expect(() => writeTrace(path, steadySamples(10), {}, { ...fields, pcpus: [0] })).toThrow(/"places"/);
    for (const options of [{ level: 10 }, { level: 0.5 }, { blockEvents: 0 }, { blockEvents: 2 ** 21 }]) {
      expect(() => createTraceWriter(path, options)).toThrow(RangeError);
    }
  });
});
