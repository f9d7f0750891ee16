import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ModelledPart } from "#src/trace/header.js";
import { modelledField, modelledNotes, modelledText } from "#src/trace/modelled.js";
import { openTrace } from "#src/trace/reader.js";
import { steadySamples } from "./samples.js";
import { fields, refusal, takeApart, temporaryFolder, writeTrace } from "./support.js";

const exits: ModelledPart = { part: "exits", model: "poisson=5,put=3", seed: 7, from: null };
const taken: ModelledPart = {
  part: "writes",
  model: "from=model.trl",
  seed: null,
  from: { name: "model.trl", identity: "12-abc" },
};

describe("the mark of a model", () => {
  it("is text, with all that it takes to make the trace again", () => {
    expect(modelledText({ modelled: [exits, taken] })).toBe(
      "exits poisson=5,put=3, seed 7; writes from=model.trl (12-abc)",
    );
    expect(modelledField({ modelled: [taken] })).toEqual({ modelled: "writes from=model.trl (12-abc)" });
  });

  it("is not there for a recording", () => {
    expect([modelledText({}), modelledField({}), modelledNotes({})]).toEqual([undefined, {}, []]);
  });

  it("is a note that says what it means, also of a part that only a later writer knows", () => {
    expect(modelledNotes({ modelled: [exits] })).toEqual([
      expect.stringMatching(/^Modelled: exits poisson=5,put=3, seed 7\. Entries, exits, .*takes no time/),
    ]);
    expect(modelledNotes({ modelled: [{ ...exits, part: "toString" }] })).toEqual([
      "Modelled: toString poisson=5,put=3, seed 7.",
    ]);
  });

  const path = join(temporaryFolder(), "modelled.trl");

  it("is in a trace's header, and checked there", () => {
    writeTrace(path, steadySamples(10), {}, { ...fields, modelled: [exits, taken] });
    const trace = openTrace(path);
    trace.close();
    expect(trace.header.modelled).toEqual([exits, taken]);
    const parts = takeApart(path);
    for (const modelled of [
      [],
      exits,
      null,
      [{ ...exits, part: 1 }],
      [{ ...exits, seed: "7" }],
      [{ ...exits, seed: -1 }],
      [{ ...taken, from: { name: "x" } }],
      [{ part: "exits", model: "every=5" }],
    ]) {
      const header = { ...Object(parts.header), modelled };
      expect(refusal(path, { ...parts, header })).toBe(`the header's "modelled" is wrong`);
    }
  });

  it("is no key of a recording's header", () => {
    expect(Object.keys(writeTrace(path, steadySamples(10)))).not.toContain("modelled");
  });
});
