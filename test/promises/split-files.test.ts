import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { fieldsOf } from "#src/modelled/copy.js";
import { parseResult, type ResultFile } from "#src/replay/result-file.js";
import type { RegisterTotals } from "#src/replay/result.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { jsonOf, outputOf, recording, temporaryFolder } from "../cli/program.js";
import { readTrace, writeTrace, type Sample } from "../trace/support.js";

const folder = temporaryFolder();
const whole = join(folder, "whole.trl");
const policies = ["-p", "eager,dirty-pie,dirty-each,always-trap"];

const replayed = (...traces: readonly string[]): ResultFile =>
  parseResult(JSON.stringify(jsonOf(["replay", ...traces, ...policies, "--json"])), "result");

/** Places between two events at which no vCPU is loaded; a group is armed and clean there, whatever comes. */
function quietPlaces(samples: readonly Sample[]): number[] {
  const loaded = new Set<number>();
  return samples.flatMap(({ kind, vcpu }, at) => {
    if (kind === Kind.load) loaded.add(vcpu);
    if (kind === Kind.put) loaded.delete(vcpu);
    return kind === Kind.put && loaded.size === 0 ? [at + 1] : [];
  });
}

/** The events from `first` to `end` as a recording of its own, with what the whole says of its source. */
function cut(samples: readonly Sample[], first: number, end: number): string {
  const path = join(folder, `${first}-${end}.trl`);
  const trace = openTrace(whole);
  trace.close();
  writeTrace(path, samples.slice(first, end), {}, fieldsOf(trace.header));
  return path;
}

const guestRows = ({ policies: all }: ResultFile): [string, RegisterTotals][] =>
  all.flatMap(({ policy, registers }) =>
    registers
      .filter(({ context }) => context === "guest")
      .map((row): [string, RegisterTotals] => [policy, row]),
  );

describe("a recording that is split in two files where no vCPU is loaded", () => {
  let samples: Sample[];
  let places: number[];
  beforeAll(() => {
    outputOf(["import", recording("kvm-vhe.tarmac.zst"), "-o", whole]);
    samples = readTrace(whole);
    places = quietPlaces(samples);
  });

  it("counts what it counted as one", () => {
    expect(places.length).toBeGreaterThan(20);
    const expected = replayed(whole);
    for (const share of [0.2, 0.5, 0.9]) {
      const place = places[Math.floor(share * places.length)];
      const parts = replayed(cut(samples, 0, place), cut(samples, place, samples.length));
      expect(guestRows(parts)).toEqual(guestRows(expected));
      expect(parts.traces.reduce((sum, { runs }) => sum + runs, 0)).toBe(expected.traces[0].runs);
    }
  });

  it("counts otherwise where a write and its save fall apart", () => {
    const write = samples.findIndex(
      ({ kind, encoding }, at) => kind === Kind.guestWrite && encoding === 0xc681 && at > places[3],
    );
    expect(write).toBeGreaterThan(0);
    const parts = replayed(cut(samples, 0, write + 1), cut(samples, write + 1, samples.length));
    expect(guestRows(parts)).not.toEqual(guestRows(replayed(whole)));
  });
});
