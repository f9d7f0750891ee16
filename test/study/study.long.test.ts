/** The study on the beginnings of the recordings: every question answered, and its figures those of the commands. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { VerdictResult } from "#src/report/verdict.js";
import { studyMarkdown } from "#src/study/markdown.js";
import { prepare, recordingNames } from "#src/study/recordings.js";
import { questions } from "#src/study/registry.js";
import { makeStudy, type Study } from "#src/study/study.js";
import { studyFiles } from "#src/study/write.js";
import { signed } from "#src/study/words.js";
import { firstLines, outputOf, temporaryFolder } from "../cli/program.js";

/** Lines of each recording: as many as it takes for each to have an answer. */
const lines = { "kvm-vhe": 60_000, "kvm-nvhe": 60_000, "chatty-vhe": 130_000 };
const from = temporaryFolder();
let prepared: Awaited<ReturnType<typeof prepare>>;
let study: Study;

beforeAll(async () => {
  for (const name of recordingNames) {
    writeFileSync(join(from, `${name}.tarmac`), await firstLines(`${name}.tarmac.zst`, lines[name]));
  }
  prepared = await prepare(from);
  study = await makeStudy(prepared.folder, questions, { whole: false, more: ["--samples", "300"] });
});
afterAll(() => prepared.clear());

const answerOf = (id: string) => study.answers.find((each) => each.id === id)!;
const ids = questions.map(({ id }) => id);

describe("the study", () => {
  it("says what it was made from", () => {
    expect(study.recordings.map(({ name, mode }) => [name, mode])).toEqual([
      ["kvm-vhe", "vhe"],
      ["kvm-nvhe", "nvhe"],
      ["chatty-vhe", "vhe"],
    ]);
    expect(study.recordings.map((each) => each.lines)).toEqual(Object.values(lines));
    expect(studyMarkdown(study)).toContain("from the cuts");
    expect(studyMarkdown({ ...study, whole: true })).toContain("from the whole recordings");
  });

  it.each(ids)("%s has recording, command, table, picture, certainty and unknowns", (id) => {
    const answer = answerOf(id);
    expect(answer.recordings.length).toBeGreaterThan(0);
    expect(answer.commands[0]).toMatch(/^trapline [a-z-]+ /);
    expect(answer.table.length).toBeGreaterThan(1);
    expect(new Set(answer.table.map((row) => row.length)).size).toBe(1);
    expect(answer.certainty.length).toBeGreaterThan(0);
    expect(answer.unknown.length).toBeGreaterThan(0);
    const words = [answer.short, ...answer.text, ...answer.certainty].join(" ");
    expect(words).not.toMatch(/undefined|NaN|Infinity|\[object|null|\?\?/);
    expect(words).toMatch(/\d/);
    const files = studyFiles(study);
    expect(files.get(`study/${id}.svg`)).toMatch(/^<svg [^>]*>.*<\/svg>\n$/s);
    expect(files.get("study.html")).toContain(`id="${id}"`);
    const page = files.get("study.md") ?? "";
    const own = page.slice(page.indexOf(`. ${answer.title}`));
    expect(own).toContain(`](study/${id}.svg)`);
    expect(own).toContain("How sure:");
    expect(own).toContain("What is not known:");
  });

  it.each(["benefit", "modes", "nested", "often", "hide"])("%s shows the figures of its command", (id) => {
    const { commands, table } = answerOf(id);
    const args = [...commands[0].split(" ").slice(1), "--json"];
    const { rows }: VerdictResult = JSON.parse(outputOf(args, { cwd: prepared.folder }));
    const [head, ...shown] = table;
    const column = (name: string): number => head.indexOf(name);
    const wanted = rows
      .filter(({ policy, group }) => policy !== "adaptive" || group === null)
      .map((row) => [row.policy, row.profile, row.traps, signed(row.difference.likely)].join(" "));
    const found = shown.map((cells) => {
      const policy = column("policy") < 0 ? "dirty-pie" : cells[column("policy")];
      // A table that has no column of traps says how many accesses are UNDEFINED.
      const row = rows.find((each) => signed(each.difference.likely) === cells[column("against eager")]);
      const traps = column("traps") < 0 ? row?.traps : cells[column("traps")];
      return [policy, cells[column("prices")], traps, cells[column("against eager")]].join(" ");
    });
    expect(found.toSorted()).toEqual(wanted.toSorted());
  });
});
