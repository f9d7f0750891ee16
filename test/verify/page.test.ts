import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { builtinPolicies } from "#src/policies/registry.js";
import { makeVerifyResult, verifyMarkdown } from "#src/report/verify.js";
import { verify } from "#src/verify/verify.js";
import { invariants } from "#src/verify/event.js";
import { whatIfs } from "#src/verify/what-if.js";
import { repository } from "../cli/program.js";

const page = readFileSync(join(repository, "docs/verify.md"), "utf8");

it("every built-in policy is sound in every configuration, and the page says after how many states", async () => {
  const rows = await verify({
    policies: builtinPolicies,
    modes: ["vhe", "nvhe"],
    kernels: ["6.8", "6.12", "6.18"],
    nestings: ["none", "l2", "l2-nv2"],
    whatIfs: [],
  });
  const result = makeVerifyResult(rows, "test", null);
  expect(result.sound).toBe(true);
  expect(result.rows).toHaveLength(builtinPolicies.length * 18);
  expect(page).toContain(verifyMarkdown(result));
}, 300_000);

it("the page names every invariant and every what-if with its words", () => {
  for (const text of Object.values(invariants)) expect(page).toContain(text);
  for (const { name, text } of whatIfs) expect(page).toContain(`| \`${name}\` | ${text} |`);
});
