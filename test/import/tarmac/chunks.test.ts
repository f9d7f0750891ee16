import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TraplineError } from "#src/errors.js";
import { es, gem5 } from "./dialects.js";
import { fixture, scan, scanChunks, type Scanned } from "./scanned.js";

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...new Set(at)].toSorted((a, b) => a - b);
  return [0, ...ends].map((from, each) => bytes.slice(from, ends[each] ?? bytes.length));
}

const skipping = { onError: "skip" } as const;

/** An error as far as chunks could change it. */
function outcome(chunks: Iterable<Uint8Array>): Scanned | string {
  try {
    return scanChunks(chunks);
  } catch (error) {
    if (!(error instanceof TraplineError)) throw error;
    return JSON.stringify([error.code, error.message, error.place]);
  }
}

describe("a text in chunks", () => {
  const text = fixture("vhe");
  // Some lines of everything: the initial state, host, a run.
  const part = [...text.split("\n").slice(0, 6), ...text.split("\n").slice(2000, 2120), ""].join("\n");

  it("is cut in two at every byte", () => {
    const bytes = bytesOf(part);
    const whole = JSON.stringify(scanChunks([bytes]));
    const differs = Array.from({ length: bytes.length + 1 }, (_, at) => at).filter(
      (at) => JSON.stringify(scanChunks([bytes.slice(0, at), bytes.slice(at)])) !== whole,
    );
    expect(differs).toEqual([]);
  });

  it("comes byte by byte", () => {
    for (const dialect of [part, es(part), gem5(part)]) {
      const bytes = bytesOf(dialect);
      expect(scanChunks(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(scanChunks([bytes]));
    }
  });

  it("is cut anywhere", () => {
    const bytes = bytesOf(text);
    const whole = scanChunks([bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 30 }), (at) => {
        expect(scanChunks(cut(bytes, at))).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it("has its errors at the same place however it is cut", () => {
    const lines = part.split("\n");
    fc.assert(
      fc.property(
        fc.nat(lines.length - 1),
        fc.constantFrom(
          "garbage",
          "12 clk",
          "12 furlong R X0 1",
          "\u0000\u00ff",
          "x".repeat(70_000),
          "12 clk R",
        ),
        fc.array(fc.nat(part.length), { maxLength: 8 }),
        (line, wrong, at) => {
          const bytes = bytesOf(lines.toSpliced(line, 0, wrong).join("\n"));
          expect(outcome(cut(bytes, at))).toEqual(outcome([bytes]));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("a line that is no Tarmac", () => {
  const good = "12 clk cpu0 R X0 0000000000000000\n";

  it.each([
    ["text", "hello, world"],
    ["binary", "\u0000\u0001\u0002\u00fe"],
    ["an unknown unit", "12 furlongs R X0 0"],
    ["another unit", "12 ns R X0 0"],
    ["a time beyond all numbers", "99999999999999999999 clk R X0 0"],
    ["a kind in lower case", "12 clk hello"],
    ["a time alone", "12 clk"],
    ["a register without a value", "12 clk R TTBR0_EL1"],
    ["an instruction without an address", "12 clk IT (1) zzz"],
    ["an exception without a name", "12 clk E 80000000 00000084"],
    ["an address under no memory access", "     0000000080000000 00000000"],
    ["a CPU beyond all machines", "12 clk cpu65536 R X0 0"],
  ])("is told of: %s", (_, line) => {
    let error: unknown;
    try {
      scan(`${good}${line}\n${good}`);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TraplineError);
    expect(error).toMatchObject({
      code: "input",
      place: { file: "test.tarmac", line: 2, offset: good.length },
    });
    const { text } = scan(`${good}${line}\n${good}`, skipping);
    expect(text).toMatchObject({ malformed: 1, lines: 3 });
  });

  it("is shown without control characters", () => {
    expect(() => scan(`${good}\u001b[31mred\n`)).toThrow(/: "\?\[31mred"$/);
  });

  it("may be the last, cut in the middle", () => {
    const bytes = good + good.slice(0, -5);
    expect(() => scan(bytes)).toThrow(/ends in the middle of a line/);
    expect(outcome([bytesOf(bytes)])).toContain(`"line":2,"offset":${good.length}`);
    expect(scan(bytes, skipping).text).toMatchObject({ malformed: 1, lines: 2, bytes: bytes.length });
  });

  it("may be of any length without being kept", () => {
    const chunk = new Uint8Array(1 << 20).fill(0x41);
    const endless = function* (): Generator<Uint8Array> {
      yield bytesOf(good);
      for (let each = 0; each < 100; each++) yield chunk;
      yield bytesOf(`\n${good}`);
    };
    const before = process.memoryUsage().arrayBuffers;
    const { text } = scanChunks(endless(), skipping);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20);
    expect(text).toMatchObject({ malformed: 1, lines: 3, bytes: (100 << 20) + 2 * good.length + 1 });
    expect(outcome(endless())).toContain(`"line":2,"offset":${good.length}`);
  });

  it("may be digits to the end of the chunk", () => {
    expect(scan(`${good}${"1".repeat(4000)}`, skipping).text).toMatchObject({ malformed: 1, lines: 2 });
  });
});

describe("the fast way", () => {
  it.each(["_PIR_EL1", "0PIR_EL1", "pir_EL1", "TLBI_EL1", "X31", "X1"])(
    "agrees with the general one on a register called %s",
    (name) => {
      const text = `${fixture("vhe").split("\n").slice(0, 6).join("\n")}\n2610915530 clk cpu0 R ${name} 0000000000000001\n${fixture("vhe").split("\n").slice(6, 20).join("\n")}\n`;
      expect(scan(text, skipping)).toEqual(scan(text, { ...skipping, general: true }));
    },
  );

  it("agrees with the general one on every line with one byte changed", () => {
    const lines = fixture("vhe").split("\n").slice(0, 400);
    fc.assert(
      fc.property(
        fc.nat(lines.length - 1),
        fc.nat(110),
        fc.constantFrom(" ", "0", "f", "g", "x", "X", "R", "_", "<", ":", "(", "\t", "\r", "\0"),
        (line, at, byte) => {
          const changed = lines[line].slice(0, at) + byte + lines[line].slice(at + 1);
          const text = `${lines.toSpliced(line, 1, changed).join("\n")}\n`;
          const fast = scan(text, skipping);
          expect(fast).toEqual(scan(text, { ...skipping, general: true }));
        },
      ),
      { numRuns: 500 },
    );
  });
});
