import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "../cli/program.js";
import { mutated, readMutants } from "./list.js";

const mutants = readMutants(repository);

describe("the mutants", () => {
  it("are many, over all parts of the engine, each with a name of its own", () => {
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
    expect(mutants.length).toBeGreaterThanOrEqual(40);
    const parts = new Set(mutants.map(({ file }) => file.split("/")[1]));
    const engine = [
      "configs",
      "import",
      "model",
      "policies",
      "prices",
      "registers",
      "replay",
      "trace",
      "verdict",
    ];
    expect([...parts]).toEqual(expect.arrayContaining(engine));
  });

  it.each(mutants)("$id still applies, and names tests that there are", (mutant) => {
    const source = readFileSync(join(repository, mutant.file), "utf8");
    expect(mutated(source, mutant)).not.toBe(source);
    expect(mutant.tests.length).toBeGreaterThan(0);
    for (const test of mutant.tests) expect([test, existsSync(join(repository, test))]).toEqual([test, true]);
  });

  it("do not apply where their text is missing, or there twice", () => {
    const [first] = mutants;
    expect(() => mutated("", first)).toThrow("is 0 times in");
    expect(() => mutated(first.find + first.find, first)).toThrow("is 2 times in");
  });
});
