import { afterAll, expect, it } from "vitest";
import { TraplineError, formatError } from "#src/errors.js";
import { temporaryFolder } from "../../input/helpers.js";
import { encodeDat } from "./encoder.js";
import { readBack } from "./host.js";
import { mutate } from "./mutations.js";
import { everything, shapes } from "./samples.js";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const minute = 60_000;

it(
  "2,000 damaged files give events or one line that says what is wrong",
  { timeout: 5 * minute },
  async () => {
    const files = shapes.map((shape) => encodeDat(shape, everything(shape)));
    const read: string[] = [];
    const refused: string[] = [];
    for (let seed = 0; seed < 2000; seed++) {
      const path = folder.write(mutate(files[seed % files.length], seed));
      try {
        const { lines } = await readBack([path], seed % 2 === 0);
        read.push(lines.join("\n"));
      } catch (error) {
        if (!(error instanceof TraplineError)) throw new Error(`seed ${seed}`, { cause: error });
        refused.push(formatError(error));
      }
    }
    for (const lines of read)
      expect(lines).toMatch(/^(?:(?:lost \d+ -?\d+|\d+ \d+ \d+ [a-z_]+[-?\d ]*)(?:\n|$))*$/);
    for (const message of refused) expect(message).not.toMatch(/\n|undefined|NaN/);
    // Both happen, so that neither way is tested by accident alone.
    expect(Math.min(read.length, refused.length)).toBeGreaterThan(100);
  },
);
