import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formOf } from "#src/export/registry.js";
import { eventTable } from "#src/export/tables/events.js";
import { importTrace } from "#src/import/import.js";
import { registerName } from "#src/registers/lookup.js";
import { traceEvents } from "#src/trace/events.js";
import { kindName } from "#src/trace/kinds.js";
import { openTrace, type Trace } from "#src/trace/reader.js";

interface Row {
  readonly time: number;
  readonly pcpu: number;
  readonly vcpu?: number;
  readonly kind: string;
  readonly register?: string;
  readonly value?: string;
}

/** What a reader of the trace itself says of each event. */
function* expected(trace: Trace): Generator<Row> {
  const { places, pcpus, registers } = trace.header;
  for (const { kind, register, place, time, hasValue, lo, hi } of traceEvents(trace)) {
    const vcpu = places[2 * place + 1];
    yield {
      time,
      pcpu: pcpus[places[2 * place]].pcpu,
      ...(vcpu < 0 ? {} : { vcpu }),
      kind: kindName(kind),
      ...(register === 0 ? {} : { register: registerName(registers[register]) }),
      ...(hasValue
        ? { value: `0x${((BigInt(hi) << 32n) | BigInt(lo)).toString(16).padStart(16, "0")}` }
        : {}),
    };
  }
}

function fromCsv(line: string): Row {
  const [time, pcpu, vcpu, kind, register, value] = line.split(",");
  return {
    time: Number(time),
    pcpu: Number(pcpu),
    ...(vcpu === "" ? {} : { vcpu: Number(vcpu) }),
    kind,
    ...(register === "" ? {} : { register }),
    ...(value === "" ? {} : { value }),
  };
}

describe("an export gives back every event with its time and value", () => {
  const folder = mkdtempSync(join(tmpdir(), "trapline-export-"));
  let trace: Trace;

  beforeAll(async () => {
    await importTrace("traces/kvm-vhe.tarmac.zst", join(folder, "vhe.trl"));
    trace = openTrace(join(folder, "vhe.trl"));
  });
  afterAll(() => {
    trace.close();
    rmSync(folder, { recursive: true });
  });

  const chunksOf = async (format: string): Promise<(string | Uint8Array)[]> => [
    ...((await formOf(format))?.chunks(eventTable(trace)) ?? []),
  ];
  const linesOf = async (format: string): Promise<string[]> => {
    const text = (await chunksOf(format)).join("");
    expect(text.endsWith("\n")).toBe(true);
    return text.slice(0, -1).split("\n");
  };

  /** Rows as text: an expectation for each of so many events would take minutes. */
  const rows = (list: Iterable<Row>): string => [...list].map((row) => JSON.stringify(row)).join("\n");

  it("as jsonl", async () => {
    const lines = await linesOf("jsonl");
    expect(lines.length).toBe(trace.header.events);
    expect(lines.join("\n") === rows(expected(trace))).toBe(true);
  });

  it("as csv", async () => {
    const [head, ...lines] = await linesOf("csv");
    expect(head).toBe("time,pcpu,vcpu,kind,register,value");
    expect(lines.length).toBe(trace.header.events);
    expect(rows(lines.map(fromCsv)) === rows(expected(trace))).toBe(true);
  });

  it("in pieces, however long the trace is", async () => {
    const lengths = (await chunksOf("jsonl")).map(({ length }) => length);
    expect(lengths.length).toBeGreaterThan(10);
    expect(Math.max(...lengths)).toBeLessThan(100_000);
  });
});
