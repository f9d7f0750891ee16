/** One file of each dialect of instruction logs, read as a user would. See README.md for what they are. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { registerName } from "#src/registers/lookup.js";
import { traceEvents } from "#src/trace/events.js";
import { kindName } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { temporaryFolder } from "../../cli/program.js";

const here = import.meta.dirname;
const folder = temporaryFolder();

interface Expected {
  readonly importer: "tarmac" | "execlog";
  readonly dialect: string;
  readonly clock: string;
  /** Times of the write of TTBR0_EL1, the read and the write of CONTEXTIDR_EL1, and the second CPU's write. */
  readonly times: readonly number[];
  readonly passedOver?: Readonly<Record<string, number>>;
  /** `-` for values that the log does not give. */
  readonly values?: readonly string[];
}

const all = ["44000000", "7", "7", "44001000"];

const samples: Readonly<Record<string, Expected>> = {
  "fvp-cpun.tarmac": {
    importer: "tarmac",
    dialect: "Fast Models, cpuN",
    clock: "instructions",
    times: [1006, 1010, 1012, 1007],
    passedOver: { header: 1, reset: 1, MR: 1 },
  },
  "fvp-one.tarmac": {
    importer: "tarmac",
    dialect: "Fast Models",
    clock: "cycles",
    times: [20, 30, 40],
    passedOver: { CADI: 1 },
    values: ["44000000", "7", "-"],
  },
  "core-brackets.tarmac": {
    importer: "tarmac",
    dialect: "Fast Models",
    clock: "instructions",
    times: [101, 102, 103],
  },
  "untimed.tarmac": {
    importer: "tarmac",
    dialect: "gem5",
    clock: "ticks",
    times: [1, 1, 2],
    values: ["44000000", "7", "-"],
  },
  "es-spaced.tarmac": {
    importer: "tarmac",
    dialect: "ES",
    clock: "ns",
    times: [110, 140, 160],
    passedOver: { LD: 1, BR: 1 },
  },
  "es-joined.tarmac": {
    importer: "tarmac",
    dialect: "ES, cpuN",
    clock: "ns",
    times: [110, 130, 140, 120],
  },
  "gem5.tarmac": {
    importer: "tarmac",
    dialect: "gem5",
    clock: "ticks",
    times: [1500, 2500, 3000],
    passedOver: { MR: 1 },
  },
  "gem5-v8.tarmac": {
    importer: "tarmac",
    dialect: "gem5, cpuN",
    clock: "ticks",
    times: [1500, 2500, 3000, 1500],
    passedOver: { MR: 1 },
  },
  "every.execlog": {
    importer: "execlog",
    dialect: "every instruction",
    clock: "instructions",
    times: [2, 4, 6, 1],
    values: ["-", "-", "-", "-"],
  },
  "filtered.execlog": {
    importer: "execlog",
    dialect: "filtered",
    clock: "ticks",
    times: [1, NaN, 2, 1],
  },
};

interface Told {
  readonly importer: string;
  readonly certainty: number;
  readonly dialect: string;
  readonly clock: string;
  readonly passedOver: Readonly<Record<string, number>>;
  /** `p0 guestWrite TTBR0_EL1 44000000 @100`, CPU by CPU. */
  readonly events: readonly string[];
}

async function tell(name: string): Promise<Told> {
  const path = join(folder, `${name}.trl`);
  const { importer, certainty, header } = await importTrace(join(here, name), path);
  const trace = openTrace(path);
  const events = Array.from(traceEvents(trace), ({ kind, register, place, time, hasValue, lo, hi }) => {
    const value = hasValue ? ((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)).toString(16) : "-";
    const cpu = header.pcpus[header.places[2 * place]].pcpu;
    return `p${cpu} ${kindName(kind)} ${registerName(header.registers[register])} ${value} @${time}`;
  }).toSorted((a, b) => a.charCodeAt(1) - b.charCodeAt(1));
  trace.close();
  const { source, clock, passedOver } = header;
  return { importer, certainty, dialect: source.dialect, clock: clock.unit, passedOver, events };
}

describe.each(Object.entries(samples))("%s", (name, expected) => {
  it("is recognised, and tells what the guest did", async () => {
    const { importer, dialect, clock, times, passedOver = {}, values = all } = expected;
    const told = await tell(name);
    const lines = [
      `p0 guestWrite TTBR0_EL1 ${values[0]} @${times[0]}`,
      `p0 guestRead CONTEXTIDR_EL1 ${values[1]} @${times[1]}`,
      `p0 guestWrite CONTEXTIDR_EL1 ${values[2]} @${times[2]}`,
      `p1 guestWrite TTBR0_EL1 ${values[3]} @${times[3]}`,
    ].filter((_, at) => times[at] >= 0);
    expect(told).toMatchObject({ importer, dialect, clock, passedOver, events: lines });
    expect(told.certainty).toBeGreaterThan(0.85);
  });
});

describe("qemu-plugin.tarmac", () => {
  it("is recognised, and tells what the guest did", async () => {
    const told = await tell("qemu-plugin.tarmac");
    expect(told).toMatchObject({ importer: "tarmac", certainty: 1, dialect: "Fast Models, cpuN" });
    expect(told.events.slice(0, 2)).toEqual([
      "p0 guestRead SCTLR_EL1 c50838 @12",
      "p0 guestRead TCR_EL1 0 @76",
    ]);
    expect(told.events).toContain("p0 guestWrite SCTLR_EL1 30500800 @40832");
  });
});

it("every sample is tested", () => {
  const files = readdirSync(here).filter((name) => /\.(?:tarmac|execlog)$/.test(name));
  expect(files).toEqual([...Object.keys(samples), "qemu-plugin.tarmac"].toSorted());
});
