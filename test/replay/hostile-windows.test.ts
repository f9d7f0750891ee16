import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPolicy } from "#src/policies/find.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { checkWindows } from "#src/trace/windows/check.js";
import { literal, type WindowChunks } from "#src/trace/windows/stream.js";
import { stepOf } from "#src/trace/windows/step.js";
import { steadyRuns } from "../trace/samples.js";
import { fields, putTogether, temporaryFolder, troubleOf, writeTrace } from "../trace/support.js";
import { rebuild, withWords } from "../trace/windows/rebuild.js";

// Windows whose checksums hold, and whose words cannot be: only who goes through them notices.

const folder = temporaryFolder();
const [numbered, written, changed] = ["numbered", "written", "changed"].map((name) =>
  join(folder, `${name}.trl`),
);
const recorded = [0xc080, 0xc100, 0xc513, 0xc101];
const given = {
  ...fields,
  recorded: { guestSave: recorded, guestRestore: recorded, hostSave: recorded, hostRestore: recorded },
};
writeTrace(numbered, steadyRuns(120), {}, given);
writeTrace(written, steadyRuns(120), { numberedWindows: 1 }, given);

/** Of VHE all is in the second segmentation, of nVHE in the first. */
const modes = [
  ["nvhe", 0],
  ["vhe", 1],
] as const;

async function replay(mode: "vhe" | "nvhe", policy: string): Promise<unknown> {
  const plan = makePlan([changed], { policies: [findPolicy(policy)], choice: { mode } });
  for await (const counts of replayPlan(plan, { threads: 0 })) return counts.policies;
  return undefined;
}

/** The words of one segmentation of a trace changed; chunks remain as long as they were. */
function change(
  path: string,
  segmentation: number,
  to: (chunks: WindowChunks) => Partial<WindowChunks>,
): void {
  putTogether(
    changed,
    rebuild(path, (packing) => withWords(packing, segmentation, to)),
  );
}

/** Words with one of them changed. */
const withWord = (words: Uint16Array, at: number, word: number): Partial<WindowChunks> => ({
  words: words.with(at, word),
});

/** What a replay and a check of a trace say; both find it. */
async function refused(mode: "vhe" | "nvhe", policy: string): Promise<string> {
  const trace = openTrace(changed);
  const found = troubleOf(() => checkWindows(trace));
  trace.close();
  expect([found.code, found.place.file]).toEqual(["corrupt", changed]);
  const trouble = {
    name: "TraplineError",
    code: "corrupt",
    place: expect.objectContaining({ file: changed }),
  };
  const running = replay(mode, policy);
  await expect(running).rejects.toMatchObject(trouble);
  return running.then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : ""),
  );
}

describe.each(modes)("windows of %s", (mode, segmentation) => {
  it("are replayed when nothing is wrong with them, whether they have numbers or not", async () => {
    for (const policy of ["dirty-each", "adaptive"]) {
      change(numbered, segmentation, () => ({}));
      const counts = await replay(mode, policy);
      change(written, segmentation, () => ({}));
      expect(await replay(mode, policy)).toEqual(counts);
    }
  });

  it.each(["dirty-each", "adaptive"])(
    "with a number beyond the dictionary are refused (%s)",
    async (policy) => {
      const beyond = "a window has a number that the dictionary does not have";
      const { words, size } = numbersOf(numbered, segmentation);
      for (const at of [0, words - 1]) {
        for (const number of [size, 0x7fff, 0xfffe, literal]) {
          change(numbered, segmentation, (chunks) => withWord(chunks.words, at, number));
          expect(await refused(mode, policy)).toBe(beyond);
        }
      }
      change(written, segmentation, (chunks) => withWord(chunks.words, chunks.words.indexOf(0), 1));
      expect(await refused(mode, policy)).toBe(beyond);
    },
  );

  it.each(["dirty-each", "adaptive"])(
    "that are written out and cannot be are refused (%s)",
    async (policy) => {
      const short = { literals: 1 };
      const cases: readonly (readonly [(chunks: WindowChunks) => Partial<WindowChunks>, string])[] = [
        [({ words }) => withWord(words, words.indexOf(literal) + 1, 0), "a window is cut off"],
        [({ words }) => withWord(words, words.indexOf(literal) + 1, 257), "a window is cut off"],
        [
          () => ({ ...short, vcpus: [0], lengths: [2], counts: [2], words: Uint16Array.of(0, literal) }),
          "a window is cut off",
        ],
        // Its length would be the next vCPU's.
        [
          () => ({
            ...short,
            vcpus: [0, 1],
            lengths: [2, 3],
            counts: [2, 3],
            words: Uint16Array.of(0, literal, 1, 0, 0),
          }),
          "a window is cut off",
        ],
        [({ words }) => withWord(words, words.indexOf(literal) + 1, 256), "a window is cut off"],
        [
          ({ words }) => withWord(words, words.indexOf(literal) + 2, 0xffff),
          "a window has a step that is none",
        ],
        [
          ({ words }) => withWord(words, words.indexOf(literal) + 2, Kind.fastExit),
          "a window has a step that is none",
        ],
        [
          ({ words }) => withWord(words, words.indexOf(literal) + 2, stepOf(Kind.guestWrite, 5)),
          "a window has a step that is none",
        ],
        [
          ({ counts }) => ({ counts: [counts[0] + 1, counts[1] - 1] }),
          "a block of windows holds more or fewer than it says",
        ],
      ];
      for (const [to, message] of cases) {
        change(written, segmentation, to);
        expect([to.toString(), await refused(mode, policy)]).toEqual([to.toString(), message]);
      }
    },
  );
});

function numbersOf(path: string, segmentation: number): { readonly words: number; readonly size: number } {
  const trace = openTrace(path);
  const windows = trace.windows();
  const block = [...windows.blocks].findIndex((each) => each.segmentation === segmentation);
  const words = windows.read(block).words.length;
  trace.close();
  return { words, size: windows.dictionaries[segmentation].size };
}
