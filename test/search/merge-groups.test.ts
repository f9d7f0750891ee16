import { expect, test } from "vitest";
import type { Group } from "#src/policies/policy.js";
import type { Measured } from "#src/search/measure.js";
import { mergeGroups } from "#src/search/merge-groups.js";
import { measuredGroup, windowsFrom } from "./support.js";

/** Merges what is written in these windows, at `trap` for a trap and 1 for a save. */
async function merged(
  written: Readonly<Record<string, ReadonlySet<number>>>,
  trap: number,
  mayMerge: (a: Group, b: Group) => boolean = () => true,
): Promise<{ readonly groups: string[]; readonly traps: number[]; readonly asked: string[] }> {
  const asked: string[] = [];
  const measure = (groups: readonly Group[]): Promise<Measured[]> => {
    asked.push(...groups.map(({ name }) => name));
    const union = (names: readonly string[]) => new Set(names.flatMap((name) => [...written[name]]));
    return Promise.resolve(groups.map(({ registers }) => measuredGroup(registers, union(registers))));
  };
  const start = Object.entries(written).map(([name, windows]) => measuredGroup([name], windows));
  const price = ({ traps, savesElided }: Measured): number => trap * traps - savesElided;
  const found = await mergeGroups(start, { price, mayMerge, measure });
  return {
    groups: found.map(({ measured }) => measured.group.name),
    traps: found.map(({ measured }) => measured.traps),
    asked,
  };
}

test("what is written in the same windows becomes one group", async () => {
  const { groups, traps } = await merged(
    { PIR_EL1: windowsFrom(0, 2), MAIR_EL1: windowsFrom(50, 52), PIRE0_EL1: windowsFrom(0, 2) },
    10,
  );
  expect(groups).toEqual(["PIR_EL1+PIRE0_EL1", "MAIR_EL1"]);
  expect(traps).toEqual([2, 2]);
});

test("a group that does not pay drags none that does with it", async () => {
  const { groups } = await merged({ PIR_EL1: windowsFrom(0, 2), CONTEXTIDR_EL1: windowsFrom(0, 90) }, 10);
  expect(groups).toEqual(["PIR_EL1", "CONTEXTIDR_EL1"]);
});

test("two groups that do not pay alone can pay together", async () => {
  // 10 traps at 12 for 90 saves each: a loss alone; together they elide 180.
  const { groups } = await merged({ TTBR0_EL1: windowsFrom(0, 10), TTBR1_EL1: windowsFrom(0, 10) }, 12);
  expect(groups).toEqual(["TTBR0_EL1+TTBR1_EL1"]);
});

test("a third joins what two have made, and each union is counted once", async () => {
  const same = windowsFrom(0, 3);
  const { groups, asked } = await merged({ A: same, B: same, C: same }, 10);
  expect(groups).toEqual(["A+B+C"]);
  expect(asked).toEqual(["A+B", "A+C", "B+C", "A+B+C"]);
});

test("what may not merge is not even counted", async () => {
  const { groups, asked } = await merged({ A: windowsFrom(0, 3), B: windowsFrom(0, 3) }, 10, () => false);
  expect(groups).toEqual(["A", "B"]);
  expect(asked).toEqual([]);
});
