import { defineConfig } from "vitest/config";

// Tests import the built code (`#src/...` is `dist/src/...`, see "imports" in package.json): what is
// tested is what is shipped, workers included, and Node 20 cannot load a worker written in TypeScript.
// It is loaded by Node itself: what vitest makes of modules is a third slower where a loop reads an import.
export default defineConfig({
  test: {
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { TRAPLINE_SEED: process.env["TRAPLINE_SEED"] ?? String(Date.now() % 1_000_000_007) },
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: "short", include: ["test/**/*.test.ts"], exclude: ["**/*.long.test.ts"] },
      },
      { extends: true, test: { name: "long", include: ["test/**/*.long.test.ts"], testTimeout: 600_000 } },
    ],
  },
});
