import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { checkWindows } from "#src/trace/windows/check.js";
import { windowsOfEvents } from "#src/trace/windows/of-events.js";
import type { TraceWindows } from "#src/trace/windows/trace-windows.js";
import { eachWindow } from "../golden.js";
import { samples, steadyRuns } from "../samples.js";
import { fields, takeApart, putTogether, temporaryFolder, writeTrace, type Sample } from "../support.js";

const folder = temporaryFolder();
const path = join(folder, "trace.trl");

/** Random events: any, and those of two guests that run, with strays between them. */
const events = fc.oneof(
  samples,
  fc
    .tuple(samples, fc.array(fc.nat(200), { maxLength: 40 }))
    .map(([strays, starts]) =>
      starts.flatMap((start, at) => [...steadyRuns(start % 40), ...strays.slice(at, at + 1)]),
    ),
);
const blockEvents = fc.constantFrom(1, 3, 50, 1 << 16);

/** All that a trace's windows say, each block's words copied. */
function contentOf({ dictionaries, once, blocks, read }: TraceWindows): unknown {
  const held = [...blocks].map(({ segmentation, windows, literals }, block) => {
    const { words, ...chunks } = read(block);
    return { segmentation, windows, literals, chunks, words: [...words] };
  });
  return { dictionaries, once, blocks: held };
}

function stored(list: readonly Sample[], options: Parameters<typeof writeTrace>[2]): [unknown, unknown] {
  writeTrace(path, list, options);
  const trace = openTrace(path);
  const contents: [unknown, unknown] = [contentOf(trace.windows()), contentOf(windowsOfEvents(trace))];
  trace.close();
  return contents;
}

describe("the windows that are made of a trace's events", () => {
  it("are those that it stores", () => {
    fc.assert(
      fc.property(events, blockEvents, (list, perBlock) => {
        const [held, made] = stored(list, { blockEvents: perBlock });
        expect(held).toEqual(made);
      }),
      { numRuns: 120 },
    );
  });

  it("are those that it stores, when these fill several blocks between those of events", () => {
    const list = Array.from({ length: 150_000 }, (_, at): Sample => {
      const kind = at % 2 === 0 ? Kind.guestWrite : Kind.runEnd;
      const encoding = at % 2 === 0 ? 0xc080 + ((at * at) % 7) : 0;
      return { kind, encoding, pcpu: 0, vcpu: (at >> 1) % 3, time: at, value: undefined };
    });
    const [held, made] = stored(list, { blockEvents: 10_000 });
    expect(held).toEqual(made);
    const trace = openTrace(path);
    expect(trace.windows().blocks).toHaveLength(3);
    const ends = [...trace.blocks].map(({ offset, bytes }) => offset + bytes);
    expect([...trace.blocks].slice(1).filter(({ offset }, at) => offset > ends[at])).toHaveLength(1);
    checkWindows(trace);
    trace.close();
  });

  it("are a version 1 trace's windows, which it does not store", () => {
    writeTrace(path, steadyRuns(200), { blockEvents: 30 });
    const trace = openTrace(path);
    const expected = contentOf(trace.windows());
    const { blocks } = trace;
    trace.close();
    const { header, blocks: bytes } = takeApart(path);
    // Blocks of windows come last here, so that those of events remain where they were.
    const end = Math.max(...[...blocks].map((row) => row.offset + row.bytes)) - blocks.row(0).offset;
    const rows = [...blocks].map((row) => [row.offset, row.bytes, row.events]);
    putTogether(path, { blocks: bytes.subarray(0, end), header, index: rows, version: 1 });
    const old = openTrace(path);
    expect(contentOf(old.windows())).toEqual(expected);
    expect(old.windows()).toBe(old.windows());
    checkWindows(old);
    old.close();
  });
});

describe("windows as a writer may also store them", () => {
  it("are the same, with fewer numbers and in smaller blocks", () => {
    const limits = fc.record({
      numberedWindows: fc.constantFrom(0, 1, 2, 5),
      windowWords: fc.constantFrom(1, 7, 100),
      blockEvents,
    });
    const perVcpu = (windows: TraceWindows): string[][] =>
      [0, 1].flatMap((segmentation) => {
        const lists = fields.vcpus.map((): string[] => []);
        for (const { vcpu, steps } of eachWindow(windows, segmentation)) lists[vcpu].push(steps.join());
        return lists;
      });
    fc.assert(
      fc.property(events, limits, (list, options) => {
        writeTrace(path, list, options);
        const trace = openTrace(path);
        try {
          expect(perVcpu(trace.windows())).toEqual(perVcpu(windowsOfEvents(trace)));
          checkWindows(trace);
          for (const { size } of trace.windows().dictionaries) {
            expect(size).toBeLessThanOrEqual(options.numberedWindows);
          }
        } finally {
          trace.close();
        }
      }),
      { numRuns: 80 },
    );
  });
});
