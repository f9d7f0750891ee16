import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { firstLines, outputOf, repository, smallCut, temporaryFolder } from "./program.js";

/** What a colour begins with. */
const escape = "\u001b";

const folder = temporaryFolder();
const cut = join(folder, "cut.tarmac");
const program = join(repository, "dist/src/cli/main.js");

beforeAll(async () => {
  writeFileSync(cut, await firstLines("kvm-vhe.tarmac.zst", smallCut));
});

/** What a command prints on a terminal: `script` of util-linux stands in for one. */
function onTerminal(args: readonly string[], env: Readonly<Record<string, string>>): string {
  const command = [process.execPath, program, ...args].map((word) => `'${word}'`).join(" ");
  const plain = { LC_ALL: "", LC_CTYPE: "", LANG: "", NO_COLOR: "", TERM: "xterm" };
  const { stdout, error } = spawnSync("script", ["-qec", command, "/dev/null"], {
    env: { ...process.env, ...plain, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error !== undefined) throw error;
  // The line of progress is taken away again.
  return stdout.replaceAll("\r\n", "\n").replaceAll(new RegExp(`\\r[^\\n]*?${escape}\\[K`, "g"), "");
}

const commands: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["replay", ["replay"]],
  ["verdict", ["verdict", "--samples", "50", "--resamples", "0"]],
  ["inspect", ["inspect"]],
];

describe.each(commands)("%s on a terminal", (_, args) => {
  const words = [...args, cut];

  it("draws below the same text in letters that the locale has, in colours unless NO_COLOR says otherwise", () => {
    const text = outputOf(words);
    const utf8 = onTerminal(words, { LC_ALL: "C.UTF-8" });
    const plain = onTerminal(words, { LANG: "C", NO_COLOR: "1" });
    for (const drawn of [utf8, plain]) {
      expect(drawn.startsWith(text)).toBe(true);
      expect(drawn.length).toBeGreaterThan(text.length + 50);
    }
    expect(utf8.slice(text.length)).toMatch(new RegExp(`${escape}\\[\\d+m[^${escape}]*[█●]`));
    expect(plain).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

it("draws nothing on a dumb terminal", () => {
  const words = ["replay", cut];
  expect(onTerminal(words, { LC_ALL: "C.UTF-8", TERM: "dumb" })).toBe(outputOf(words));
});

it("does not print a page on a terminal", () => {
  expect(onTerminal(["report", cut], {})).toMatch(/trapline: a page is not for a terminal.*-o report\.html/);
});
