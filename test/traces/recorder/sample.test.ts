import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { TraceHeader } from "#src/trace/header.js";
import { openTrace } from "#src/trace/reader.js";
import { firstLines, outputOf, recording, temporaryFolder, trapline } from "../../cli/program.js";

const sample = "recorder/sample/vhe-1x2.tarmac.zst";
const trace = join(temporaryFolder(), "sample.trl");

function headerOf(path: string): TraceHeader {
  const opened = openTrace(path);
  opened.close();
  return opened.header;
}

/** The first lines of a recording that `traces/recorder/record.sh` made. */
describe("a recording of the recorder's", () => {
  beforeAll(() => {
    outputOf(["import", recording(sample), "-o", trace]);
  });

  it("is what its kernel did, according to the model", () => {
    const { status, stdout } = trapline(["validate", trace]);
    expect(stdout).toContain("The model agrees with the recorded kernel in all 65 rows");
    expect(status).toBe(0);
  });

  it("says what was counted and not logged", () => {
    const header = headerOf(trace);
    const { passedOver, capabilities, anomalies, vcpus } = header;
    expect(Object.keys(passedOver).filter((kind) => kind.includes("counted by the recorder"))).toHaveLength(
      18,
    );
    expect(passedOver).toHaveProperty(["MRS SP_EL0, counted by the recorder and not logged"]);
    expect(capabilities).toMatchObject({ guestWrites: "all", guestReads: "filtered", values: true });
    expect(anomalies).toEqual({});
    expect(vcpus).toEqual([
      { vm: 1, mpidr: 0x80000000 },
      { vm: 1, mpidr: 0x80000001 },
    ]);
  });

  it("has no access that trapped as retired, and each CPU's time goes forward", async () => {
    const last = new Map<string, { readonly pc: string; readonly time: number }>();
    const backwards: string[] = [];
    const trappedAfter: boolean[] = [];
    for (const line of (await firstLines(sample, 60_000)).split("\n")) {
      const [time, , cpu, kind, ...rest] = line.split(" ");
      if (kind !== "IT" && kind !== "E") continue;
      const before = last.get(cpu);
      if (Number(time) < (before?.time ?? 0)) backwards.push(line);
      if (line.endsWith("_SYNC")) trappedAfter.push(rest[0] === before?.pc);
      last.set(cpu, { pc: kind === "IT" ? rest[1] : "", time: Number(time) });
    }
    expect(backwards).toEqual([]);
    expect(trappedAfter.length).toBeGreaterThan(100);
    expect(trappedAfter).not.toContain(true);
  });

  it("tells who runs at each entry and exit", async () => {
    const lines = (await firstLines(sample, 60_000)).split("\n");
    const said = lines.filter((line) => / R VTTBR_EL2 0001/.test(line)).length;
    const header = headerOf(trace);
    const entries = header.tally.reduce((sum, [, , , count]) => sum + count, 0);
    expect(said).toBeGreaterThan(2 * 167);
    expect(entries).toBeGreaterThan(said);
  });
});
