/** Damaged recordings: each is read, with or without what it lost, or refused by one error that says where. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { TraplineError } from "#src/errors.js";
import { importTrace } from "#src/import/import.js";
import { stateOfSeed, xoshiro128 } from "#src/prices/random.js";
import { openTrace } from "#src/trace/reader.js";
import { cut, cutNames, scan, type Scanned } from "./scanned.js";

const folder = mkdtempSync(join(tmpdir(), "trapline-mutations-"));
afterAll(() => rmSync(folder, { recursive: true }));

function randomOf(seed: number): () => number {
  const words = xoshiro128(stateOfSeed(seed));
  return () => words() / 2 ** 32;
}

/** What an import of it says; a trace that is made is one that a reader takes. */
async function imported(text: string): Promise<string> {
  const path = join(folder, "damaged.trl");
  writeFileSync(`${path}.txt`, text, "latin1");
  try {
    await importTrace(`${path}.txt`, path, { onError: "skip" });
    const trace = openTrace(path);
    trace.close();
    return `${trace.header.events} events`;
  } catch (error) {
    if (error instanceof TraplineError) return error.message;
    throw error;
  }
}

/** The events of a text, or why it is refused, and where. */
function strict(text: string): Pick<Scanned, "events"> | Pick<TraplineError, "code" | "place"> {
  try {
    return scan(text);
  } catch (error) {
    if (error instanceof TraplineError) return error;
    throw error;
  }
}

type Mutate = (text: string, random: () => number) => string;

const place = (length: number, random: () => number): number => Math.floor(random() * length);

function onLine(change: (line: string, random: () => number) => string): Mutate {
  return (text, random) => {
    const lines = text.split("\n");
    const at = place(lines.length, random);
    lines[at] = change(lines[at], random);
    return lines.join("\n");
  };
}

const mutations: Readonly<Record<string, Mutate>> = {
  "cut off": (text, random) => text.slice(0, place(text.length, random)),
  "without its beginning": (text, random) => text.slice(place(text.length, random)),
  "with flipped bits": (text, random) => {
    const bytes = Buffer.from(text, "latin1");
    for (let flips = 0; flips < 20; flips++) bytes[place(bytes.length, random)] ^= 1 << place(8, random);
    return bytes.toString("latin1");
  },
  "with lines swapped": (text, random) => {
    const lines = text.split("\n");
    for (let swaps = 0; swaps < 10; swaps++) {
      const [a, b] = [place(lines.length, random), place(lines.length, random)];
      [lines[a], lines[b]] = [lines[b], lines[a]];
    }
    return lines.join("\n");
  },
  "with an emptied field": onLine((line, random) => {
    const words = line.split(" ");
    words[place(words.length, random)] = "";
    return words.join(" ");
  }),
  "with a number that overflows": onLine((line, random) => {
    const numbers = [...line.matchAll(/\d+/g)];
    if (numbers.length === 0) return line;
    const { index, 0: digits } = numbers[place(numbers.length, random)];
    return `${line.slice(0, index)}${"9".repeat(1 + place(40, random))}${line.slice(index + digits.length)}`;
  }),
  "with a piece left out": (text, random) => {
    const from = place(text.length, random);
    return text.slice(0, from) + text.slice(from + place(500, random));
  },
  "with a line twice": onLine((line) => `${line}\n${line}`),
};

describe.each(cutNames)("%s", (name) => {
  const text = cut(name).split("\n").slice(0, 250).join("\n").concat("\n");

  it.each(Object.entries(mutations))("%s", async (what, mutate) => {
    const random = randomOf(what.length + 100 * name.length);
    for (let round = 0; round < 25; round++) {
      const damaged = mutate(text, random);
      const kept = scan(damaged, { onError: "skip" });
      // What was read is counted, whatever it is: nothing is dropped without a word.
      expect(kept.text.lines).toBe(
        damaged.split("\n").length - (damaged.endsWith("\n") || damaged === "" ? 1 : 0),
      );
      expect(kept.text.bytes).toBe(damaged.length);
      for (const { time } of kept.events) expect(time).toBeGreaterThanOrEqual(0);
      const refused = { code: "input", place: { line: expect.any(Number) } };
      const expected = kept.text.malformed === 0 ? { events: kept.events } : refused;
      expect(strict(damaged)).toMatchObject(expected);
      if (round >= 5) continue;
      const refusal = "no recording that trapline knows|holds no run of a guest|is empty";
      expect(await imported(damaged)).toMatch(
        new RegExp(`^(?:${kept.events.length} events|.*(?:${refusal}).*)$`),
      );
    }
  });
});
