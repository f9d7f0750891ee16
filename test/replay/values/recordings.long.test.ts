import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { parsePolicy } from "#src/policies/file.js";
import { findPolicy } from "#src/policies/find.js";
import { replayValues } from "#src/replay/values/replay-values.js";
import { recording, temporaryFolder } from "../../cli/program.js";

const folder = temporaryFolder();
const anywhere = ["eager", "dirty-pie", "dirty-each", "adaptive", "tvm", "always-trap", "always-trap-tx2"];
const marksOne = parsePolicy(
  "name: marks-one\ngroups:\n  - registers: [TTBR0_EL1, CONTEXTIDR_EL1]\n    marks: written\n",
  "marks-one.yaml",
);

describe.skipIf(process.env["TRAPLINE_LONG"] === undefined)("whole recordings", () => {
  it.each([
    ["kvm-vhe", [...anywhere, "deferred", "hidden", "lazy-debug", "lazy-fp"]],
    ["kvm-nvhe", [...anywhere, "hidden", "lazy-debug"]],
    ["chatty-vhe", [...anywhere, "deferred", "hidden", "lazy-debug", "lazy-fp"]],
  ])(
    "%s: built-in policies keep every value, and a flawed one does not",
    async (name, policies) => {
      const path = join(folder, `${name}.trl`);
      await importTrace(recording(`${name}.tarmac.zst`), path);
      for (const policy of policies) {
        const [found] = (await replayValues(path, [findPolicy(policy)], {})).policies;
        expect(found.losses).toEqual([]);
        expect(found.checked).toBeGreaterThan(100_000);
      }
      const [flawed] = (await replayValues(path, [marksOne], {})).policies;
      expect(flawed.lost).toBeGreaterThan(0);
      const registers = new Set(flawed.losses.map(({ register }) => register));
      expect([...registers].every((each) => ["TTBR0_EL1", "CONTEXTIDR_EL1"].includes(each))).toBe(true);
    },
    600_000,
  );
});
