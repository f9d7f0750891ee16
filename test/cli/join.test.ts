/** `trapline join` over committed recordings: one of every access, one of a host's tracing. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  firstLines,
  jsonOf,
  outputOf,
  recording,
  refusal,
  smallCut,
  temporaryFolder,
  trapline,
} from "./program.js";

const folder = temporaryFolder();
const model = join(folder, "model.tarmac");
const host = recording("kernel/kvm-vhe.trace.txt.gz");
const joined = join(folder, "joined.trl");

beforeAll(async () => {
  writeFileSync(model, await firstLines("kvm-vhe.tarmac.zst", smallCut));
});

/** How many events of each kind `inspect` finds. */
function kindsOf(path: string): Readonly<Record<string, number>> {
  const found: { readonly traces: readonly { readonly kinds: Readonly<Record<string, number>> }[] } =
    JSON.parse(outputOf(["inspect", path, "--json"]));
  return found.traces[0].kinds;
}

describe("trapline join", () => {
  it("lays a host's exits over another recording's writes, and every report says so", () => {
    const made = jsonOf(["join", "--writes", model, "--exits", host, "-o", joined, "--json"]);
    expect(made).toMatchObject({
      schema: "trapline.join/1",
      mode: "vhe",
      modelled: [{ part: "writes", model: "of=model.tarmac" }, { part: "exits" }],
    });
    const marked = /writes\s+of=model\.tarmac\s+\(.*exits\s+from=kvm-vhe\.trace\.txt\.gz,scale=fit/s;
    const kernel = ["--kernel", "6.18", "--features", "S1PIE,TCR2"];
    expect(outputOf(["inspect", joined])).toMatch(marked);
    expect(outputOf(["replay", joined, ...kernel])).toMatch(marked);
    expect(outputOf(["verdict", joined, ...kernel])).toMatch(marked);
    const own = kindsOf(model);
    const kinds = kindsOf(joined);
    for (const kind of ["guestWrite", "emulatedWrite"]) expect(kinds[kind]).toBe(own[kind]);
    expect(kinds["put"]).toBeGreaterThan(0);
    expect(kinds["saveGuest"]).toBeUndefined();
  });

  it("refuses writes that are not all there, and a trace that is joined already", () => {
    const out = join(folder, "never.trl");
    expect(trapline(["join", "--writes", host, "--exits", host, "-o", out])).toEqual(
      refusal(1, /kvm-vhe\.trace\.txt\.gz: does not show the guest's writes/),
    );
    expect(trapline(["join", "--writes", joined, "--exits", host, "-o", out])).toEqual(
      refusal(1, /joined\.trl: is modelled/),
    );
    expect(trapline(["join", "--writes", model, "--exits", joined, "-o", out])).toEqual(
      refusal(1, /joined\.trl: its own exits are modelled/),
    );
    expect(trapline(["join", "--writes", model, "-o", out])).toEqual(refusal(2, /exits/));
  });
});
