import { describe, expect, it } from "vitest";
import { kernelConfig } from "#src/configs/resolve.js";
import { findPolicy } from "#src/policies/find.js";
import { unswitchedNotes } from "#src/policies/unswitched.js";
import type { Feature } from "#src/registers/register.js";
import type { Capabilities } from "#src/trace/capabilities.js";
import { countingNotes } from "#src/verdict/counting-notes.js";
import { everything, headerOf } from "../trace/headers.js";

function notes(policy: string, features: readonly Feature[], seen: Partial<Capabilities> = {}): string {
  const config = kernelConfig("vhe", "6.12", features);
  const assignments = ["eager", policy].map((name) => ({ policy: findPolicy(name).build(config), config }));
  const header = headerOf({ capabilities: { ...everything, ...seen } });
  return countingNotes({ path: "x.trl", header, config, assignments, policies: [] }).join("\n");
}

describe("a verdict says", () => {
  it("that nothing of a group is switched", () => {
    expect(notes("dirty-pie", ["TCR2", "S1PIE"])).not.toContain("does not switch");
    expect(notes("dirty-pie", ["TCR2"])).toMatch(
      /Kernel 6\.12, for a VM with TCR2, does not switch PIR_EL1, PIRE0_EL1: .*dirty-pie.*--features/,
    );
    // Of policies that trap without eliding, and of those that hide what the VM does not have, it is no news.
    for (const policy of ["always-trap", "hidden", "tvm"]) {
      expect(notes(policy, [])).not.toContain("does not switch");
    }
    const config = { ...kernelConfig("vhe", "6.12", []), kernel: "recorded" };
    expect(unswitchedNotes(findPolicy("dirty-pie").build(config), config)).toEqual([
      "The recorded kernel does not switch PIR_EL1, PIRE0_EL1: what dirty-pie traps there is counted, and nothing can be elided.",
    ]);
  });

  it("that no key switches are paid for where nobody knows of pointer authentication", () => {
    expect(notes("dirty-pie", ["TCR2", "S1PIE"], { pauthUse: "none" })).toContain(
      "name PAUTH among --features",
    );
    expect(notes("dirty-pie", ["TCR2", "S1PIE", "PAUTH"], { pauthUse: "none" })).toBe("");
    expect(notes("dirty-pie", ["TCR2", "S1PIE"], { pauthUse: "trapped" })).toBe("");
  });

  it("how keys and the windows of several groups are counted", () => {
    expect(notes("lazy-pauth", ["PAUTH"])).toMatch(/^Keys that are switched from their first use on/);
    expect(notes("dirty-each", ["PAUTH"])).toMatch(/^A window of a group goes from/);
  });
});
