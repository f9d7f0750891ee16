import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedModel } from "#src/generate/change.js";
import { generateTrace } from "#src/generate/generate.js";
import { guestProfiles } from "#src/generate/registry.js";
import { measureGuest } from "#src/generate/measure.js";
import { profileModel } from "#src/generate/of-profile.js";
import { kernelVersions } from "#src/configs/kernels.js";
import { registerByName } from "#src/registers/lookup.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { disorders, generated, host, modelOf, newPath } from "./support.js";

const names = guestProfiles.map(({ name }) => name);

describe("a generated trace", () => {
  it.each(names)("%s keeps to what a recording keeps to", async (name) => {
    const { header, events } = await generated(modelOf(name), { windows: 60 });
    expect(disorders(events)).toEqual([]);
    expect(header.modelled).toEqual([{ part: "synthetic", model: name, seed: 1, from: null }]);
    expect(events.filter(({ kind }) => kind === Kind.put)).toHaveLength(60);
  });

  it("keeps to it whatever is asked for", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          name: fc.constantFrom(...names),
          seed: fc.nat(1000),
          windows: fc.integer({ min: 1, max: 60 }),
          vcpus: fc.integer({ min: 1, max: 9 }),
          pcpus: fc.integer({ min: 1, max: 9 }),
          migration: fc.double({ min: 0, max: 1, noNaN: true }),
          runs: fc.double({ min: 1, max: 8, noNaN: true }),
          rate: fc.double({ min: 0, max: 1, noNaN: true }),
          guestTime: fc.constantFrom(0, 10, 1e6),
        }),
        async ({ name, seed, windows, rate, ...changes }) => {
          const rates = [{ name: "PIR_EL1+PIRE0_EL1", value: rate }];
          const model = changedModel(modelOf(name), { ...changes, rates });
          const { events, header } = await generated(model, { windows }, seed);
          expect(disorders(events)).toEqual([]);
          expect(header.tally.reduce((sum, [kind, , , n]) => sum + (kind === Kind.put ? n : 0), 0)).toBe(
            windows,
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  it("is the same for the same seed, and another for another", async () => {
    const bytes = async (seed: number): Promise<Buffer> => {
      const path = newPath();
      await generateTrace(path, modelOf("steady"), { seed, size: { windows: 100 } });
      return readFileSync(path);
    };
    expect((await bytes(7)).equals(await bytes(7))).toBe(true);
    expect((await bytes(7)).equals(await bytes(8))).toBe(false);
  });

  it("ends as soon as it has the events that were asked for", async () => {
    const { header } = await generated(modelOf("idle"), { events: 5000 });
    expect(header.events).toBeGreaterThanOrEqual(5000);
    expect(header.events).toBeLessThan(5500);
  });

  it("has a pCPU with one vCPU at a time where there are many", async () => {
    const { header, events } = await generated(modelOf("overcommit"), { windows: 300 });
    expect([header.vcpus.length, header.pcpus.length]).toEqual([16, 2]);
    expect(new Set(events.map(({ vcpu }) => vcpu)).size).toBe(16);
  });

  it("migrates as often as it was asked", async () => {
    const model = changedModel(modelOf("idle"), { vcpus: 2, pcpus: 4, migration: 0.4 });
    const { path } = await generated(model, { windows: 2000 });
    const { loads, migrations } = counted(path);
    expect(migrations / loads).toBeGreaterThan(0.35);
    expect(migrations / loads).toBeLessThan(0.45);
  });

  it.each(kernelVersions)("has the lists of kernel %s", async (kernel) => {
    const model = profileModel(guestProfiles[0], { mode: "nvhe", kernel, features: [] });
    const { header } = await generated(model, { windows: 5 });
    expect(header.recorded.hostSave.length).toBeGreaterThan(15);
    expect(header.mode).toBe("nvhe");
  });
});

const counted = (path: string): ReturnType<typeof measureGuest> => {
  const trace = openTrace(path);
  try {
    return measureGuest(trace, 1);
  } finally {
    trace.close();
  }
};

const accessOf = (path: string, name: string) => {
  const encoding = registerByName(name)?.encoding;
  return counted(path).vcpus.map(
    ([phase]) =>
      [...phase.accesses.values()].find(
        (each) => each.encoding === encoding && each.kind === Kind.guestWrite,
      ) ?? { windows: 0, bursts: 0, times: 0, values: { writes: 0, repeated: 0, known: 0 } },
  );
};

describe("parameters", () => {
  it("set the share of windows with a write exactly, whatever the seed", async () => {
    for (const seed of [1, 2, 3]) {
      const rates = [{ name: "PIR_EL1+PIRE0_EL1", value: 0.125 }];
      const model = changedModel(modelOf("idle"), { rates, vcpus: 1, pcpus: 1 });
      const { path } = await generated(model, { windows: 2048 }, seed);
      for (const name of ["PIR_EL1", "PIRE0_EL1"]) expect(accessOf(path, name)[0].windows).toBe(256);
    }
  });

  it("set how many such windows follow each other", async () => {
    const model = changedModel(modelOf("idle"), {
      rates: [{ name: "PIR_EL1", value: 0.25 }],
      bursts: [{ name: "PIR_EL1", value: 16 }],
      vcpus: 1,
      pcpus: 1,
    });
    const { path } = await generated(model, {});
    const [{ windows, bursts }] = accessOf(path, "PIR_EL1");
    expect([windows, bursts]).toEqual([256, 16]);
  });

  it("set the runs of a window, its time in the guest and its values", async () => {
    const changes = { runs: 7, guestTime: 300_000, fresh: 0.25, vcpus: 1, pcpus: 1 };
    const { path, header } = await generated(changedModel(modelOf("context-switch"), changes), {});
    const runs = header.tally.reduce((sum, [kind, , , n]) => sum + (kind === Kind.runStart ? n : 0), 0);
    expect(runs / 1024).toBeGreaterThan(6.5);
    expect(runs / 1024).toBeLessThan(7.5);
    expect(header.guestTime[0] / 1024).toBeGreaterThan(280_000);
    expect(header.guestTime[0] / 1024).toBeLessThan(320_000);
    const [{ values }] = accessOf(path, "TTBR0_EL1");
    expect(1 - (values.repeated + values.known) / values.writes).toBeGreaterThan(0.22);
    expect(1 - (values.repeated + values.known) / values.writes).toBeLessThan(0.28);
  });

  it("are refused where they cannot be", () => {
    const model = modelOf("idle");
    const refused = (changes: Parameters<typeof changedModel>[1], why: RegExp): void => {
      expect(() => changedModel(model, changes)).toThrow(why);
    };
    refused({ vcpus: 0 }, /--vcpus and --pcpus take/);
    refused({ migration: 2 }, /--migration takes/);
    refused({ runs: 0.5 }, /--runs takes/);
    refused({ fresh: -1 }, /--fresh takes/);
    refused({ rates: [{ name: "PIR_EL1", value: 1.5 }] }, /a share is from 0 to 1/);
    refused({ rates: [{ name: "NO_SUCH", value: 0.5 }] }, /"NO_SUCH" is no register/);
    refused({ bursts: [{ name: "NO_SUCH", value: 2 }] }, /there is no such activity/);
  });

  it("stand in the name of the model", () => {
    const changes = { vcpus: 3, rates: [{ name: "PIR_EL1", value: 0.5 }] };
    expect(changedModel(modelOf("idle"), changes).name).toBe("idle,vcpus=3,rate PIR_EL1=0.5");
  });
});

describe("profiles", () => {
  it("have a source beside each figure, and registers that exist", () => {
    const figures: (readonly unknown[])[] = [];
    const walk = (value: unknown): void => {
      if (Array.isArray(value) && value.length === 2 && typeof value[1] === "string") figures.push(value);
      else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
    };
    walk(guestProfiles);
    expect(figures.length).toBeGreaterThan(200);
    for (const [value, source] of figures) {
      expect(value).toBeTypeOf("number");
      expect(String(source).length).toBeGreaterThan(5);
    }
    for (const { phases } of guestProfiles) {
      for (const { writes, reads = {} } of phases.flatMap(({ activities }) => activities)) {
        for (const name of [...Object.keys(writes), ...Object.keys(reads)]) {
          expect({ name, known: registerByName(name) !== undefined }).toEqual({ name, known: true });
        }
      }
    }
  });

  it("make models of every kernel", () => {
    for (const profile of guestProfiles) {
      for (const kernel of kernelVersions) {
        expect(profileModel(profile, { ...host, kernel }).vcpuCount).toBe(profile.vcpus[0]);
      }
    }
  });
});
