import { defineConfig } from "vitest/config";

// Tests import the built code (`#src/...` is `dist/src/...`, see "imports" in package.json): what is
// tested is what is shipped, workers included, and Node 20 cannot load a worker written in TypeScript.
export default defineConfig({
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, maxWorkers: 2 },
});
