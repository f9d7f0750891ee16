import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readText, repository } from "../cli/program.js";

const readme = readText(join(repository, "README.md"));
const study = readText(join(repository, "docs/study.md"));

describe("what is shown of the study", () => {
  it("is a table of docs/study.md, and a picture beside it", () => {
    const [, section] = /^## What recordings say$(.*?)^## /ms.exec(readme) ?? [];
    const rows = section.split("\n").filter((line) => line.startsWith("|"));
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.filter((line) => !study.split("\n").includes(line))).toEqual([]);
    const [, picture] = /!\[[^\]]*\]\((docs\/study\/[^)]+)\)/.exec(section) ?? [];
    expect(existsSync(join(repository, picture))).toBe(true);
  });

  it("has every picture that the study names", () => {
    const pictures = Array.from(study.matchAll(/\]\((study\/[^)]+\.svg)\)/g), ([, name]) => name);
    expect(pictures.length).toBeGreaterThan(6);
    expect(pictures.filter((name) => !existsSync(join(repository, "docs", name)))).toEqual([]);
  });
});
