/**
 * The program as few files: to find, read and compile some hundred small modules is a third of a short run's time,
 * and every thread of a pool does it again. The same modules stand alone in dist/src, for the library and the tests.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Our entries: `workers/` lies beside the chunks' folder, where src/worker-file.ts looks for it. */
const input = {
  "bin/trapline": "dist/src/cli/main.js",
  ...Object.fromEntries(
    readdirSync("workers")
      .filter((file) => file.endsWith(".ts"))
      .map((file) => {
        const name = file.replace(/\.ts$/, "");
        return [`workers/${name}`, `dist/workers/${name}.js`];
      }),
  ),
};

/** What Piscina loads goes as it is: it imports what stands beside it. */
const forPiscina = {
  name: "for-piscina",
  generateBundle() {
    for (const file of readdirSync("dist/workers").filter((each) => each.endsWith(".cjs"))) {
      const source = readFileSync(join("dist/workers", file), "utf8");
      this.emitFile({ type: "asset", fileName: `workers/${file}`, source });
    }
  },
};

/** Licences ask for their text wherever the code goes. */
const licences = {
  name: "licences",
  generateBundle() {
    const packages = new Map();
    for (const id of this.getModuleIds()) {
      const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0];
      if (folder !== undefined && !packages.has(folder)) packages.set(folder, licenceOf(folder));
    }
    const source = [...packages.values()].toSorted((a, b) => (a < b ? -1 : 1)).join("\n\n");
    this.emitFile({ type: "asset", fileName: "LICENCES.txt", source: `${source}\n` });
  },
};

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
  return `${name} ${version} (${license})\n\n${text}`;
}

export default {
  input,
  platform: "node",
  // These load files of their own: threads, a native addon. The cluster's packages are the user's to install.
  external: [/^node:/, "piscina", "msgpackr-extract", "bullmq", "ioredis"],
  plugins: [licences, forPiscina],
  output: {
    dir: "dist/bundle",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "bin/[name]-[hash].js",
    cleanDir: true,
  },
};
