import { beforeAll, describe, expect, it } from "vitest";
import { fitError, type FitError, type FitFigure } from "#src/generate/fit-error.js";
import { fitGuest } from "#src/generate/fit.js";
import { generateTrace } from "#src/generate/generate.js";
import { importTrace } from "#src/import/import.js";
import { openTrace } from "#src/trace/reader.js";
import { recording, trapline } from "../cli/program.js";
import { troubleOf, writeTrace } from "../trace/support.js";
import { readTrace } from "../trace/support.js";
import { bareFields, write } from "../modelled/support.js";
import { disorders, folder, newPath } from "./support.js";

/** The committed cuts of each kind of host: with loads, without them, and with a kernel that traps. */
const names = ["kvm-vhe", "kvm-nvhe", "chatty-vhe"] as const;

const made = new Map<string, { readonly recorded: string; readonly path: string; readonly fit: FitError }>();
const of = (name: string) => {
  const found = made.get(name);
  if (found === undefined) throw new RangeError(name);
  return found;
};

beforeAll(async () => {
  for (const name of names) {
    const [recorded, path] = [newPath(), newPath()];
    await importTrace(recording(`${name}.tarmac.zst`), recorded);
    await generateTrace(path, fitGuest(recorded, name), { seed: 1 });
    made.set(name, { recorded, path, fit: await fitError(recorded, path, { threads: 0 }) });
  }
}, 60_000);

const figureOf = (figures: readonly FitFigure[], name: string): FitFigure => {
  const found = figures.find(({ figure }) => figure === name);
  if (found === undefined) throw new RangeError(name);
  return found;
};

describe.each(names)("like %s", (name) => {
  it("keeps to what a recording keeps to", () => {
    const { path } = of(name);
    const trace = openTrace(path);
    trace.close();
    const found = disorders(readTrace(path), trace.header.capabilities.loads);
    // The clock of these recordings is of each pCPU by itself.
    expect(found.filter((each) => each !== "time goes back")).toEqual([]);
  });

  it("has the recording's windows, runs and exits", () => {
    const { figures } = of(name).fit;
    expect(figureOf(figures, "windows").error).toBe(0);
    for (const each of ["runs", "full exits", "runs without an entry"]) {
      const { recorded, generated } = figureOf(figures, each);
      expect(Math.abs(generated - recorded)).toBeLessThanOrEqual(Math.max(3, 0.03 * recorded));
    }
  });

  it("has each register's windows with a write exactly, and its writes closely", () => {
    const { registers } = of(name).fit;
    expect(registers.length).toBeGreaterThan(20);
    for (const { register, figures } of registers) {
      const windows = figureOf(figures, "windows");
      expect({ register, windows: windows.generated }).toEqual({ register, windows: windows.recorded });
      const writes = figureOf(figures, "writes");
      expect(Math.abs(writes.generated - writes.recorded)).toBeLessThanOrEqual(
        Math.max(3, 0.05 * writes.recorded),
      );
    }
  });

  it("traps as the recording does under dirty-pie and dirty-each", () => {
    const { policies } = of(name).fit;
    expect(policies.map(({ policy }) => policy)).toEqual(
      expect.arrayContaining(["eager", "adaptive", "tvm"]),
    );
    for (const policy of ["dirty-pie", "dirty-each"]) {
      const found = policies.find((each) => each.policy === policy);
      const { recorded, generated } = figureOf(found?.figures ?? [], "traps");
      expect(Math.abs(generated - recorded)).toBeLessThanOrEqual(Math.max(1, 0.05 * recorded));
    }
  });
});

describe("a fit", () => {
  it("goes on with the recording's second half where more is asked for", async () => {
    const { recorded } = of("kvm-vhe");
    const path = newPath();
    const model = fitGuest(recorded, "kvm-vhe");
    const header = await generateTrace(path, model, { seed: 2, size: { windows: 2000 } });
    expect(header.modelled?.[0].from?.name).toBe("kvm-vhe");
    const { scale, registers } = await fitError(recorded, path, { threads: 0 });
    expect(scale).toBeGreaterThan(1.5);
    // A boot comes once, however long it goes on.
    const vbar = registers.find(({ register }) => register === "VBAR_EL1");
    expect(figureOf(vbar?.figures ?? [], "windows").generated).toBeLessThanOrEqual(2);
  });

  it("is refused for a guest without a hypervisor", () => {
    const path = newPath();
    writeTrace(path, [write(0, 1)], {}, bareFields);
    expect(troubleOf(() => fitGuest(path, "bare")).message).toMatch(/does not show when its guests ran/);
  });

  it("prints its error, and refuses what belongs to a profile", () => {
    const { recorded } = of("kvm-nvhe");
    const run = (...more: string[]) =>
      trapline(["generate", "--like", recorded, "-o", `${folder}/out.trl`, ...more]);
    const { stdout, stderr } = run();
    expect(stderr).toBe("");
    expect(stdout).toMatch(/figure\s+recorded\s+generated\s+error/);
    expect(stdout).toMatch(/dirty-each\s+traps\s+\d+\s+\d+/);
    expect(run("--mode", "vhe").stderr).toMatch(/--mode is for a profile/);
    expect(run("--runs", "3").stderr).toMatch(/does not show which runs make a load/);
  }, 30_000);
});
