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
