import { expect, test } from "vitest";
import { parsePolicy } from "#src/policies/file.js";
import type { Policy } from "#src/policies/policy.js";
import { candidateGroup } from "#src/search/candidates.js";
import { policyText } from "#src/search/policy-text.js";

const words = { summary: "Trap 2 groups: 3 traps", source: "a test" };

test.each(["yaml", "json"] as const)("a policy reads back from its %s as it was", (form) => {
  const groups = [
    candidateGroup(["PIR_EL1", "PIRE0_EL1"]),
    { ...candidateGroup(["MAIR_EL1"]), name: "a: b", arm: "after-save" as const },
  ];
  const policy: Policy = { name: "advised", groups, assumeNotHardwareWritten: ["AFSR0_EL1"], mode: "nvhe" };
  const read = parsePolicy(policyText(policy, words, form), `x.${form}`);
  expect(read.fixed).toEqual(policy);
  expect(read.summary).toBe(words.summary);
});

test("a policy without groups is one too", () => {
  const policy: Policy = { name: "advised", groups: [], assumeNotHardwareWritten: [] };
  expect(parsePolicy(policyText(policy, words), "x.yaml").fixed).toEqual(policy);
});
