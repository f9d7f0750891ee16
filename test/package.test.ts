/** What package.json promises, held against the build and the source. */

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { globSync } from "tinyglobby";
import { afterAll, describe, expect, it } from "vitest";
import * as v from "valibot";
import { version } from "#src/version.js";
import { recording, repository } from "./cli/program.js";

const names = v.record(v.string(), v.string());
const manifest = v.parse(
  v.looseObject({
    version: v.string(),
    type: v.literal("module"),
    bin: names,
    files: v.array(v.string()),
    exports: v.record(v.string(), v.union([v.string(), names])),
    imports: names,
    scripts: names,
    dependencies: names,
    devDependencies: names,
    peerDependencies: names,
    peerDependenciesMeta: v.record(v.string(), v.strictObject({ optional: v.literal(true) })),
    engines: names,
  }),
  JSON.parse(readFileSync(join(repository, "package.json"), "utf8")),
);

const sources = (...patterns: string[]): string =>
  globSync(patterns, { cwd: repository })
    .map((file) => readFileSync(join(repository, file), "utf8"))
    .join("\n");

describe("package.json", () => {
  it("pins every version exactly", () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.length).toBeGreaterThan(5);
    expect(versions.filter((each) => !/^\d+\.\d+\.\d+(?:-r\.\d+)?$/.test(each))).toEqual([]);
  });

  it("says which Node it needs, and what its version is", () => {
    expect(manifest.engines).toEqual({ node: ">=20.19" });
    expect(version).toBe(manifest.version);
  });

  it("names files that the build makes", () => {
    const targets = [
      ...Object.values(manifest.bin),
      ...Object.values(manifest.exports).flatMap((each) =>
        typeof each === "string" ? each : Object.values(each),
      ),
      ...manifest.files,
    ];
    expect(targets).toContain("./dist/src/index.js");
    expect(targets.filter((target) => !existsSync(join(repository, target)))).toEqual([]);
    for (const target of Object.values(manifest.imports)) {
      expect(existsSync(join(repository, target.replace("*", "")))).toBe(true);
    }
    expect(readFileSync(join(repository, manifest.bin["trapline"]), "utf8")).toMatch(
      /^#!\/usr\/bin\/env node\n/,
    );
  });

  it("ships what the workers are loaded from", () => {
    expect(manifest.files).toContain("dist/workers");
    for (const worker of globSync("workers/*.ts", { cwd: repository })) {
      expect(existsSync(join(repository, "dist", worker.replace(/ts$/, "js")))).toBe(true);
    }
  });

  it("depends on nothing that is not used", () => {
    const shipped = sources("src/**/*.ts", "workers/*.ts");
    const unused = Object.keys(manifest.dependencies).filter(
      (name) => !new RegExp(`(?:from |import\\()"${name}["/]`).test(shipped),
    );
    expect(unused).toEqual([]);
  });

  it("depends on all that is used", () => {
    const shipped = sources("src/**/*.ts", "workers/*.ts");
    const used = new Set(
      [...shipped.matchAll(/(?:from |import\()"([a-z][^"/]*)[^"]*"/g)].map(([, name]) => name),
    );
    // The cluster's packages are the user's to install: nothing of them loads in a local run.
    const peers = Object.keys(manifest.peerDependencies);
    expect(Object.keys(manifest.peerDependenciesMeta)).toEqual(peers);
    const known = new Set([...Object.keys(manifest.dependencies), ...peers]);
    const missing = [...used].filter((name) => !name.startsWith("node:") && !known.has(name));
    // The library's own name, in an example.
    expect(missing.filter((name) => name !== "trapline")).toEqual([]);
  });
});

describe("the library", () => {
  const folder = mkdtempSync(join(tmpdir(), "trapline-library-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("works as the README shows it", () => {
    const readme = readFileSync(join(repository, "README.md"), "utf8");
    const [, example] = /```ts\n([^]*?)```/.exec(readme) ?? [];
    expect(example).toContain('from "trapline"');
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(repository, join(folder, "node_modules", "trapline"));
    symlinkSync(recording("kvm-vhe.tarmac.zst"), join(folder, "boot.tarmac.zst"));
    writeFileSync(join(folder, "example.mjs"), example);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["example.mjs"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/policy: 'eager',\s+totals: \{ traps: 0, saves: \d+/);
    expect(stdout).toMatch(/policy: 'dirty-pie',\s+totals: \{ traps: 2, saves: \d+/);
  });
});
