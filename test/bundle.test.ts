import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { version } from "#src/version.js";
import { repository, temporaryFolder, type Finished } from "./cli/program.js";

const folder = temporaryFolder();
const bundle = join(repository, "dist/bundle/bin/trapline.js");

type Ended = Pick<Finished, "status" | "stdout">;

function run(program: string, args: readonly string[]): Ended {
  const { status, stdout } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout };
}

/** The program that users run, from a folder that is not the package's. */
const bundled = (...args: readonly string[]): Ended => run(bundle, args);

/** The same modules, each a file. */
const single = (...args: readonly string[]): Ended => run(join(repository, "dist/src/cli/main.js"), args);
const singleJson = (args: readonly string[]): unknown => JSON.parse(single(...args).stdout);

test("the bundle gives what the modules give, in its own threads too", () => {
  const trace = join(folder, "cut.trl");
  expect(single("import", join(repository, "traces/kvm-vhe.tarmac.zst"), "-o", trace).status).toBe(0);
  const again = join(folder, "again.trl");
  expect(bundled("import", join(repository, "traces/kvm-vhe.tarmac.zst"), "-o", again).status).toBe(0);
  expect(readFileSync(again).equals(readFileSync(trace))).toBe(true);
  for (const threads of [
    ["-j", "1"],
    ["-j", "2", "--shard-windows", "64"],
  ]) {
    const args = ["replay", trace, "--json", ...threads];
    expect(JSON.parse(bundled(...args).stdout)).toEqual(singleJson(args));
  }
  const args = ["verdict", trace, "--json", "-p", "dirty-pie"];
  expect(JSON.parse(bundled(...args).stdout)).toEqual(singleJson(args));
});

test("the bundle finds the version, the prices and the licences of what it holds", () => {
  expect(bundled("--version")).toEqual({ status: 0, stdout: `${version}\n` });
  expect(JSON.parse(bundled("costs", "--json").stdout)).toEqual(singleJson(["costs", "--json"]));
  const licences = readFileSync(join(repository, "dist/bundle/LICENCES.txt"), "utf8");
  for (const name of ["yargs", "valibot", "yaml", "msgpackr", "tinyglobby"]) {
    expect(licences).toMatch(new RegExp(`^${name} [\\d.]+ \\(\\S+\\)$`, "m"));
  }
});
