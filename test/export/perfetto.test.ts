import { join } from "node:path";
import * as v from "valibot";
import { beforeAll, describe, expect, it } from "vitest";
import { jsonOf, outputOf, recording, temporaryFolder, trapline } from "../cli/program.js";

const folder = temporaryFolder();
const number = v.pipe(v.number(), v.finite());
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** The rules of the Trace Event Format for the phases that are used; nothing else is allowed. */
const event = v.variant("ph", [
  v.strictObject({
    ph: v.literal("M"),
    name: v.picklist(["process_name", "process_sort_index", "thread_name"]),
    pid: whole,
    tid: v.optional(whole),
    args: v.union([v.strictObject({ name: v.string() }), v.strictObject({ sort_index: number })]),
  }),
  v.strictObject({
    ph: v.literal("X"),
    name: v.string(),
    pid: whole,
    tid: whole,
    ts: number,
    dur: v.pipe(number, v.minValue(0)),
    args: v.record(v.string(), v.union([number, v.string(), v.boolean()])),
  }),
  v.strictObject({
    ph: v.literal("C"),
    name: v.string(),
    pid: whole,
    ts: number,
    args: v.record(v.string(), number),
  }),
]);
const file = v.strictObject({
  displayTimeUnit: v.picklist(["ms", "ns"]),
  otherData: v.record(v.string(), v.union([v.string(), number])),
  traceEvents: v.array(event),
});
type Event = v.InferOutput<typeof event>;

const vhe = join(folder, "vhe.trl");
const nvhe = join(folder, "nvhe.trl");
beforeAll(() => {
  outputOf(["import", recording("kvm-vhe.tarmac.zst"), "-o", vhe]);
  outputOf(["import", recording("kvm-nvhe.tarmac.zst"), "-o", nvhe]);
});

function exported(trace: string, ...more: readonly string[]): readonly Event[] {
  const text = outputOf(["export", trace, "--format", "perfetto", ...more]);
  return v.parse(file, JSON.parse(text)).traceEvents;
}

/** Slices of a track, those that begin at one time longest first, as the viewer stacks them. */
function tracks(events: readonly Event[]): Map<string, Extract<Event, { ph: "X" }>[]> {
  const found = new Map<string, Extract<Event, { ph: "X" }>[]>();
  for (const each of events) {
    if (each.ph !== "X") continue;
    const key = `${each.pid} ${each.tid}`;
    found.set(key, [...(found.get(key) ?? []), each]);
  }
  for (const list of found.values()) list.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  return found;
}

describe("a trace for Perfetto", () => {
  it("names each track and nests the slices of each", () => {
    const events = exported(vhe);
    const named = new Set(
      events.flatMap((each) =>
        each.ph === "M" && each.tid !== undefined ? [`${each.pid} ${each.tid}`] : [],
      ),
    );
    const all = tracks(events);
    expect([...all.keys()].toSorted()).toEqual([...named].toSorted());
    for (const slices of all.values()) {
      const open: number[] = [];
      for (const { ts, dur } of slices) {
        while (open.length > 0 && open.at(-1)! <= ts + 1e-9) open.pop();
        // A run lies in its load, and nothing else overlaps: the viewer drops slices that do.
        expect(open.length === 0 || ts + dur <= open.at(-1)! + 1e-6).toBe(true);
        open.push(ts + dur);
      }
    }
  });

  it("counts what replay counts, interval by interval", () => {
    const events = exported(vhe, "-p", "eager,dirty-each", "--interval", "2%");
    const result = v.parse(
      v.object({
        policies: v.array(
          v.object({ policy: v.string(), totals: v.object({ traps: v.number(), saves: v.number() }) }),
        ),
      }),
      jsonOf(["replay", vhe, "-p", "eager,dirty-each", "--json"]),
    );
    for (const { policy, totals } of result.policies) {
      for (const what of ["traps", "saves"] as const) {
        const series = events.filter((each) => each.ph === "C" && each.name === `${policy}: ${what}`);
        expect(series.length).toBe(50);
        const sum = series.reduce((all, each) => all + (each.ph === "C" ? each.args[what] : 0), 0);
        expect(sum).toBe(totals[what]);
      }
    }
  });

  it("has a slice for each run on the vCPU's track, and says so of what the recording cuts", () => {
    const events = exported(nvhe);
    const runs = events.filter((each) => each.ph === "X" && each.name === "run");
    const result = v.parse(
      v.object({ traces: v.array(v.object({ runs: v.number() })) }),
      jsonOf(["replay", nvhe, "--json"]),
    );
    expect(runs.length).toBe(result.traces[0].runs);
    const cut = runs.filter((each) => each.ph === "X" && each.args["cut"] === true);
    expect(cut.length).toBeLessThanOrEqual(2);
  });

  it("draws a trace that cannot answer policies without them, and refuses policies that were named", () => {
    const bare = recording("bare/bare-boot.tarmac.gz");
    const drawn = trapline(["export", bare, "--format", "perfetto"]);
    expect(drawn.status).toBe(0);
    expect(drawn.stderr).toMatch(/^trapline: no counters of policies: [^\n]+\n$/);
    const named = trapline(["export", bare, "--format", "perfetto", "-p", "dirty-pie"]);
    expect([named.status, named.stdout]).toEqual([1, ""]);
  });
});
