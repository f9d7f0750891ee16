/** Which folder imports from which, as the README says. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { globSync } from "tinyglobby";
import { expect, it } from "vitest";
import { readText, repository } from "./cli/program.js";

/** By folder: its line in the README's house, from the top. */
function floors(): Map<string, number> {
  const house = readText(join(repository, "README.md")).split("## The house")[1];
  const lines = house.split("```")[1].trim().split("\n");
  return new Map(lines.flatMap((line, floor) => line.split(/ +/).map((folder) => [folder, floor] as const)));
}

/** Folders from which a file imports when it is loaded; what is loaded when it is needed is another matter. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(repository, "src", file), "utf8");
  return Array.from(text.matchAll(/^(?:import|export)\b[^;]*? from "([^"]+)";/gms), ([, path]) => path)
    .filter((path) => path.startsWith("."))
    .map((path) => join(file, "..", path).split("/"))
    .flatMap(([folder, ...rest]) => (rest.length > 0 ? [folder] : []));
}

it("folders import from those below", () => {
  const floorOf = floors();
  const files = globSync("**/*.ts", { cwd: join(repository, "src") }).filter((file) => file.includes("/"));
  const inFolders = new Map(files.map((file) => [file, file.split("/")[0]]));
  expect([...new Set(inFolders.values())].toSorted()).toEqual([...floorOf.keys()].toSorted());
  const wrong = [...inFolders].flatMap(([file, folder]) =>
    importsOf(file)
      .filter((other) => other !== folder && !(floorOf.get(other)! > floorOf.get(folder)!))
      .map((other) => `${file} imports from ${other}`),
  );
  expect(wrong).toEqual([]);
  const all = files.flatMap((file) => importsOf(file));
  expect(all.length).toBeGreaterThan(files.length);
});
