import { describe, expect, it } from "vitest";
import { createSwitchList } from "#src/import/machine/switch-list.js";

function listOf(...passes: number[][]): readonly number[] {
  const list = createSwitchList();
  for (const pass of passes) {
    list.begin();
    for (const encoding of pass) list.add(encoding);
  }
  return list.order;
}

describe("the order of a switch list", () => {
  it("is that of a whole pass", () => {
    expect(listOf([1, 2, 3], [1, 2, 3])).toEqual([1, 2, 3]);
  });
  it("is put together from passes that skip clean registers", () => {
    expect(listOf([1, 4], [1, 2, 4], [2, 3, 4])).toEqual([1, 2, 3, 4]);
  });
  it("begins with a register first seen at the head of a pass", () => {
    expect(listOf([2, 3], [1, 2, 3])).toEqual([1, 2, 3]);
  });
  it("is forgotten on demand", () => {
    const list = createSwitchList();
    list.add(1);
    list.clear();
    list.add(2);
    expect(list.order).toEqual([2]);
  });
});
