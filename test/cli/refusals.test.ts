import { describe, expect, it } from "vitest";
import { createRefusals } from "#src/cli/refusals.js";
import { TraplineError } from "#src/errors.js";

const file = { path: "/tmp/scratch/a.trl", name: "a.tarmac", made: true };
const failing = (error: Error) => () => {
  throw error;
};

describe("refusals", () => {
  it("keep what could not be answered, under the name that the user knows, and go on", async () => {
    const refusals = createRefusals();
    const done: string[] = [];
    const error = new TraplineError("unsupported", "holds no exits", { file: file.path });
    await refusals.answer("a, vhe", file, failing(error));
    await refusals.answer("a, nvhe", file, async () => {
      await Promise.resolve();
      done.push("nvhe");
    });
    expect(done).toEqual(["nvhe"]);
    expect(refusals.list).toEqual([{ what: "a, vhe", why: "a.tarmac: holds no exits" }]);
    expect(refusals.nothing()).toMatchObject({
      code: "unsupported",
      message: "a, vhe: a.tarmac: holds no exits",
    });
  });

  it("say once which trace it is, and that of a line or of another file", async () => {
    const refusals = createRefusals();
    const places = [
      { file: file.path },
      { file: file.path, block: 3 },
      { file: file.path, line: 7 },
      { file: "b.yaml" },
    ];
    for (const place of places) {
      await refusals.answer("a.tarmac, vhe", file, failing(new TraplineError("usage", "is bad", place)));
    }
    expect(refusals.list.map(({ why }) => why)).toEqual([
      "is bad",
      "is bad (block 3)",
      "a.tarmac:7: is bad",
      "b.yaml: is bad",
    ]);
  });

  it("throw what is no answer, and what ends all", async () => {
    const refusals = createRefusals(({ message }) => message === "too many");
    for (const error of [
      new TraplineError("corrupt", "damaged"),
      new TraplineError("usage", "too many"),
      new RangeError("a mistake"),
    ]) {
      await expect(refusals.answer("a", file, failing(error))).rejects.toBe(error);
    }
    expect(refusals.list).toEqual([]);
    expect(refusals.nothing("there is nothing to do").message).toBe("there is nothing to do");
  });
});
