import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkTrace } from "#src/check/check-trace.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { steadyRuns } from "../trace/samples.js";
import {
  putTogether,
  takeApart,
  temporaryFolder,
  writeTrace,
  type Parts,
  type Sample,
} from "../trace/support.js";
import { rebuild, withWords } from "../trace/windows/rebuild.js";

const folder = temporaryFolder();
const [path, other] = [join(folder, "whole.trl"), join(folder, "other.trl")];
const header = writeTrace(path, steadyRuns(96), { blockEvents: 40 });
const parts = takeApart(path);

/** What a check says of a trace whose checksums hold. */
function said(change: Partial<Parts>): string[] {
  putTogether(other, { ...parts, ...change });
  const { whole, findings } = checkTrace(other);
  expect(whole).toBe(false);
  return findings.map(({ kind, what }) => `${kind}: ${what}`);
}

const withHeader = (change: Readonly<Record<string, unknown>>): string[] =>
  said({ header: { ...header, ...change } });

describe("a check of a trace whose checksums hold", () => {
  it("finds nothing in one that is as it was written", () => {
    putTogether(other, parts);
    expect(checkTrace(other)).toEqual({
      path: other,
      bytes: readFileSync(other).length,
      version: 2,
      events: 96,
      blocks: 3,
      windowBlocks: 2,
      whole: true,
      findings: [],
      notes: [],
    });
  });

  it("finds other counts in the header than the events have", () => {
    const [first, second, ...rest] = header.tally;
    const moved = [[...first.slice(0, 3), first[3] + 1], [...second.slice(0, 3), second[3] - 1], ...rest];
    expect(first[0]).not.toBe(Kind.fullExit);
    expect(withHeader({ tally: moved })).toEqual([
      `counts: the header's "tally" is not what the events count`,
    ]);
    expect(withHeader({ guestTime: [1, 2, 3, 4] })).toEqual([
      `counts: the header's "guestTime" is not what the events count`,
    ]);
    const exits = header.exits.map((row) => row.with(2, 9));
    expect(withHeader({ exits })).toEqual([`counts: the header's "exits" is not what the events count`]);
    const pcpus = header.pcpus.map((each) => ({ ...each, last: each.last + 1 }));
    expect(withHeader({ pcpus })).toEqual([`counts: the header's "pcpus" is not what the events count`]);
  });

  it("finds windows that are not those of the events", () => {
    const changed = rebuild(path, (all) =>
      withWords(all, 0, ({ words }) => ({ words: words.with(0, (words[0] + 1) % 3) })),
    );
    const findings = said(changed);
    expect(findings).toContain(
      "windows: window 0 (runs) of vCPU 0 in the stored windows and in the events differ",
    );
    const stays = parts.index[3].map((row, at) => (at === 0 ? row.with(2, row[2] - 1) : row));
    expect(
      said({
        index: parts.index.with(
          3,
          stays.filter(([, , count]) => count > 0),
        ),
      }),
    ).toEqual(["windows: the stays in the stored windows and in the events differ"]);
  });

  it("finds what the capabilities deny", () => {
    const without = (name: string, value: unknown): string[] =>
      withHeader({ capabilities: { ...header.capabilities, [name]: value } });
    expect(without("loads", false)).toEqual([
      'capability: the capability "loads" is false, and there are such events (load, put)',
    ]);
    expect(without("runs", false)).toEqual([
      'capability: the capability "runs" is false, and there are such events (runStart, runEnd)',
    ]);
    expect(without("entries", "none")).toEqual([
      'capability: the capability "entries" is none, and there are such events (entry, fullExit, fastExit)',
    ]);
    expect(without("entries", "full-only")).toEqual([
      'capability: the capability "entries" is full-only, and there are such events (fastExit)',
    ]);
    expect(without("guestWrites", "trapped-only")).toEqual([
      'capability: the capability "guestWrites" is trapped-only, and there are such events (guestWrite)',
    ]);
    expect(without("guestWrites", "none")).toHaveLength(2);
    expect(without("guestReads", "none")).toEqual([
      'capability: the capability "guestReads" is none, and there are such events (guestRead)',
    ]);
    expect(without("values", false)).toEqual([
      'capability: the capability "values" is false, and there are accesses with values',
    ]);
    // None of these is in it, which is no fault of the recorder.
    putTogether(other, {
      ...parts,
      header: { ...header, capabilities: { ...header.capabilities, switches: false, fpUse: "none" } },
    });
    expect(checkTrace(other).whole).toBe(true);
  });

  it("says at which event an invariant is broken first, and how often", () => {
    const samples: readonly Sample[] = steadyRuns(48).map((each, at) =>
      at === 30 ? { ...each, time: 5 } : each,
    );
    writeTrace(other, samples, { blockEvents: 20 });
    const { offset } = openAt(other, 1);
    const { findings } = checkTrace(other);
    const what = "the clock of a pCPU goes back at a load, put, run, entry or exit";
    const where = { offset, block: 1, event: 30, time: 5, pcpu: 1, vcpu: 1 };
    expect(findings).toEqual([{ kind: "invariant", what, count: 1, ...where }]);
  });

  it("says what is allowed and odd, and finds nothing wrong with it", () => {
    const late: Sample = {
      kind: Kind.restoreGuest,
      encoding: 0xc080,
      pcpu: 0,
      vcpu: 0,
      time: 3,
      value: [1, 0],
    };
    writeTrace(other, [...steadyRuns(12), late]);
    const { whole, notes } = checkTrace(other);
    expect(whole).toBe(true);
    expect(notes).toEqual([
      expect.objectContaining({ kind: "invariant", count: 1, event: 12, time: 3, pcpu: 0, vcpu: 0 }),
    ]);
  });
});

describe("a check of a damaged trace", () => {
  const bytes = readFileSync(path);
  const damaged = (...places: readonly number[]): void => {
    const copy = Uint8Array.from(bytes);
    for (const at of places) copy[at] ^= 0x10;
    writeFileSync(other, copy);
  };

  it("names every block that is wrong, and goes on behind it", () => {
    const { offset, bytes: length } = openAt(path, 0);
    damaged(offset + 200, openAt(path, 2).offset + 5);
    const { findings, whole, events } = checkTrace(other);
    expect([whole, events, length > 200]).toEqual([false, 96, true]);
    expect(findings.map(({ kind, block }) => [kind, block])).toEqual([
      ["damage", 0],
      ["damage", 2],
    ]);
  });

  it("finds the blocks again where the index is wrong, and says what else is", () => {
    damaged(bytes.length - 10, openAt(path, 1).offset + 5);
    const { findings, blocks } = checkTrace(other);
    expect(findings.map(({ kind, what }) => [kind, what])).toEqual([
      ["damage", "the checksum of the index does not hold"],
      ["damage", expect.stringMatching(/^there is no block here \(\d+ bytes\)$/)],
    ]);
    expect(blocks).toBe(3);
  });

  it("says that nothing can be understood without the header", () => {
    damaged(bytes.indexOf("tool"));
    const { findings } = checkTrace(other);
    expect(findings.map(({ what }) => what)).toEqual([
      "the checksum of the header does not hold, and without the header nothing of the trace can be understood",
    ]);
  });
});

function openAt(file: string, block: number): { readonly offset: number; readonly bytes: number } {
  const trace = openTrace(file);
  trace.close();
  return trace.blocks.row(block);
}
