import { describe, expect, it } from "vitest";
import { access, begin, clean, isSaved, Local, trapped } from "#src/model/oracle-group.js";
import { group } from "./dsl.js";

const own = group("PIR_EL1");

describe("a group in the hands of an oracle", () => {
  it("keeps a value that no save has seen, into a window of either kind", () => {
    for (const left of [true, false]) {
      expect(begin(own, Local.dirty, left) & Local.dirty).toBe(Local.dirty);
      expect(begin(own, Local.armed, left) & Local.dirty).toBe(0);
    }
  });

  it("traps in an armed window alone, and is dirty after a write in any", () => {
    expect(access(own, Local.armed, true)).toBe(Local.dirty | trapped);
    expect(access(own, Local.dirty, true)).toBe(Local.dirty);
    expect(access(own, Local.left, true)).toBe(Local.left | Local.dirty);
    expect(access(own, Local.armed, false)).toBe(Local.armed);
  });

  it("is saved where it is dirty or left, and clean afterwards", () => {
    expect([Local.dirty, Local.left, Local.armed].map((state) => isSaved(own, state))).toEqual([
      true,
      true,
      false,
    ]);
    expect(clean(own, Local.left | Local.dirty)).toBe(Local.left);
  });
});
