import { describe, expect, it } from "vitest";
import { from } from "#src/modelled/from.js";
import { writeGuestAlone, writesMark } from "#src/modelled/guest-alone.js";
import { layExits } from "#src/modelled/lay.js";
import { scaleOf } from "#src/modelled/scale.js";
import { Kind } from "#src/trace/kinds.js";
import { modelledText } from "#src/trace/modelled.js";
import { openTrace } from "#src/trace/reader.js";
import type { HeaderFields } from "#src/trace/writer.js";
import { fields, readTrace, writeTrace, type Sample } from "../trace/support.js";
import { bareTrace, disorder, exitTimes, laid, newPath, told, write } from "./support.js";

const full: HeaderFields = {
  ...fields,
  clock: { unit: "instructions", perCpu: true },
  mode: "vhe",
  vcpus: [{ vm: 1, mpidr: 0 }],
};

const at = (kind: keyof typeof Kind, time: number, pcpu = 0, encoding = 0): Sample => ({
  kind: Kind[kind],
  encoding,
  pcpu,
  vcpu: 0,
  time,
  value: undefined,
});

/** 10 in the guest, a trapped access, 20 on another CPU, a save: 30 in all. */
const hosted: readonly Sample[] = [
  at("load", 100),
  at("runStart", 101),
  at("entry", 110),
  at("guestWrite", 114, 0, 0xc080),
  at("fullExit", 120),
  at("emulatedWrite", 125, 0, 0xc65d),
  at("runEnd", 126),
  at("saveGuest", 127, 0, 0xc080),
  at("put", 128),
  at("load", 7000, 1),
  at("runStart", 7001, 1),
  at("entry", 7010, 1),
  at("guestRead", 7011, 1, 0xc080),
  at("guestRead", 7012, 1, 0x10000),
  at("fastExit", 7015, 1),
  at("entry", 7040, 1),
  at("guestWrite", 7055, 1, 0xc100),
  at("fullExit", 7055, 1),
  at("runEnd", 7056, 1),
  at("put", 7057, 1),
];

function recording(samples: readonly Sample[], given: HeaderFields = full): string {
  const path = newPath();
  writeTrace(path, samples, {}, given);
  return path;
}

async function alone(path: string): Promise<string> {
  const output = newPath();
  await writeGuestAlone(path, output);
  return output;
}

describe("a guest alone", () => {
  it("keeps its accesses, on a clock of its time in the guest", async () => {
    const path = await alone(recording(hosted));
    expect(told(readTrace(path))).toEqual([
      "4 guestWrite",
      "10 emulatedWrite",
      "11 guestRead",
      "30 guestWrite",
    ]);
    const trace = openTrace(path);
    trace.close();
    expect(trace.header).toMatchObject({
      mode: "none",
      vcpus: [{ vm: 1, mpidr: 0 }],
      pcpus: [{ pcpu: 0, first: 4, last: 30 }],
      capabilities: { guestWrites: "all", entries: "none", runs: false, loads: false, fpUse: "none" },
    });
  });

  it("leaves a guest without a hypervisor as it is", async () => {
    const bare = bareTrace([write(0, 3), write(1, 4), write(0, 9)]);
    expect(readTrace(await alone(bare))).toEqual(readTrace(bare));
  });

  it("refuses what does not show all writes, or is a model's already", async () => {
    const capabilities = { ...full.capabilities, guestWrites: "trapped-only" as const };
    await expect(alone(recording(hosted, { ...full, capabilities }))).rejects.toThrow(
      "does not show the guest's writes",
    );
    const { path } = await laid(bareTrace([write(0, 0), write(0, 50)]), "every=10");
    await expect(alone(path)).rejects.toThrow("is modelled");
  });
});

describe("exits of another host", () => {
  const nanoseconds: HeaderFields = {
    ...full,
    clock: { unit: "ns", perCpu: false },
    capabilities: {
      ...full.capabilities,
      guestWrites: "trapped-only",
      entries: "full-only",
      switches: false,
    },
  };
  /** 40 and 80 in the guest, with a put between them. */
  const host: readonly Sample[] = [
    at("load", 1000),
    at("runStart", 1000),
    at("entry", 1000),
    at("fullExit", 1040),
    at("runEnd", 1040),
    at("put", 1050),
    at("load", 1500),
    at("runStart", 1500),
    at("entry", 1500),
    at("fullExit", 1580),
    at("runEnd", 1580),
    at("put", 1590),
  ];
  const model = (scale: string) => {
    const path = recording(host, nanoseconds);
    return { path, exits: from.parse(`${path},scale=${scale}`, 0) };
  };

  it("stretch to the time that the guest took, and the trace says what was made of what", async () => {
    const path = newPath();
    const marks = [writesMark("model.trl", "12-ab")];
    const bare = bareTrace([write(0, 0), write(0, 15), write(0, 60)]);
    const header = await layExits(bare, path, model("fit").exits, { marks });
    const events = readTrace(path);
    // A half of 40 and of 80; the last one is where the guest ends.
    expect(exitTimes(events, 0)).toEqual([20, 60, 60]);
    expect(disorder(events, 0)).toBeUndefined();
    expect(told(events).filter((line) => line.endsWith("put"))).toEqual(["20 put", "60 put"]);
    expect(header.capabilities).toMatchObject({ guestWrites: "all", entries: "full-only", loads: true });
    expect(modelledText(header)).toMatch(
      /^writes of=model\.trl \(12-ab\); exits from=\d+\.trl,scale=fit:0\.5 \(.+\)$/,
    );
  });

  it("take a number, and keep what rounding leaves", async () => {
    const bare = bareTrace([write(0, 0), write(0, 100)]);
    const { events } = await laid(bare, `from=${model("fit").path},scale=0.33`);
    // 13.2, 39.6, 52.8, ...
    expect(exitTimes(events, 0).slice(0, 4)).toEqual([13, 39, 52, 79]);
  });

  it("cannot be laid over another clock without a scale", async () => {
    await expect(laid(bareTrace([write(0, 0)]), `from=${model("fit").path}`)).rejects.toThrow(
      "its clock counts ns",
    );
  });

  it.each(["0", "-1", "x", "", "1e999"])("refuses %j for a scale", (text) => {
    expect(() => scaleOf(text, "--scale")).toThrow("takes fit or a number above 0");
  });
});
