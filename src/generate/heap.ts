/** A binary heap: which of many comes first, in time that grows with the logarithm of their number. */
export interface Heap<Item> {
  /** The first item; undefined where there is none. */
  first(): Item | undefined;
  push(item: Item): void;
  /** Takes the first item out. */
  pop(): Item | undefined;
  /** To be called when what decides the place of the first item has changed, so that it now comes later. */
  settle(): void;
}

/** @param isBefore - A total order: of any two items one is before the other. What it looks at may not change unseen. */
export function createHeap<Item>(isBefore: (a: Item, b: Item) => boolean): Heap<Item> {
  const items: Item[] = [];

  function down(): void {
    let at = 0;
    for (;;) {
      let next = 2 * at + 1;
      if (next >= items.length) return;
      if (next + 1 < items.length && isBefore(items[next + 1], items[next])) next++;
      if (!isBefore(items[next], items[at])) return;
      [items[at], items[next]] = [items[next], items[at]];
      at = next;
    }
  }

  return {
    first: () => items[0],
    push(item) {
      let at = items.push(item) - 1;
      while (at > 0) {
        const above = (at - 1) >>> 1;
        if (!isBefore(items[at], items[above])) return;
        [items[at], items[above]] = [items[above], items[at]];
        at = above;
      }
    },
    pop() {
      const [first] = items;
      const last = items.pop();
      if (items.length > 0 && last !== undefined) {
        items[0] = last;
        down();
      }
      return first;
    },
    settle: down,
  };
}
