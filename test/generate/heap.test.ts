import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createHeap } from "#src/generate/heap.js";

interface Item {
  key: number;
  readonly number: number;
}

const isBefore = (a: Item, b: Item): boolean => a.key < b.key || (a.key === b.key && a.number < b.number);

const steps = fc.array(
  fc.oneof(
    fc.record({ what: fc.constant("push" as const), key: fc.nat(20) }),
    fc.record({ what: fc.constant("pop" as const), key: fc.constant(0) }),
    fc.record({ what: fc.constant("settle" as const), key: fc.nat(20) }),
  ),
  { maxLength: 200 },
);

it("a heap has the first of its items first, whatever comes and goes", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const heap = createHeap(isBefore);
      const items: Item[] = [];
      const first = (): Item | undefined => items.toSorted((a, b) => (isBefore(a, b) ? -1 : 1))[0];
      for (const [number, { what, key }] of all.entries()) {
        const now = first();
        if (what === "push") {
          const item = { key, number };
          heap.push(item);
          items.push(item);
        } else if (what === "pop") {
          if (heap.pop() !== now) throw new Error("another item came out than the first");
          if (now !== undefined) items.splice(items.indexOf(now), 1);
        } else if (now !== undefined) {
          now.key += key;
          heap.settle();
        }
        expect(heap.first()).toBe(first());
      }
    }),
  );
});
