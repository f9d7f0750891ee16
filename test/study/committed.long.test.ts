/** docs/study.md is what `npm run study` makes of the whole recordings. */

import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findRecordings, prepare } from "#src/study/recordings.js";
import { questions } from "#src/study/registry.js";
import { makeStudy } from "#src/study/study.js";
import { studyFiles } from "#src/study/write.js";
import { readText, repository } from "../cli/program.js";

const found = findRecordings(process.env["TRAPLINE_RECORDINGS"]);
const clears: (() => void)[] = [];
afterAll(() => clears.forEach((clear) => clear()));

describe("the committed study", () => {
  it.runIf(found.whole)(
    "is what the whole recordings give (skipped without TRAPLINE_RECORDINGS)",
    async () => {
      const { folder, clear } = await prepare(found.folder);
      clears.push(clear);
      const files = studyFiles(await makeStudy(folder, questions, { whole: true }));
      // The page holds scripts that are built, and changes with them.
      const kept = Array.from(files).filter(([name]) => name !== "study.html");
      const stale = kept.filter(([name, content]) => content !== readText(join(repository, "docs", name)));
      expect(stale.map(([name]) => name)).toEqual([]);
    },
  );
});
