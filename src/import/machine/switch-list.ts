/** The order in which a kernel switches registers, put together from passes of which each may leave some out. */
export interface SwitchList {
  readonly order: readonly number[];
  /** A pass begins. */
  begin(): void;
  /** The next register of the pass. */
  add(encoding: number): void;
  clear(): void;
}

export function createSwitchList(): SwitchList {
  const order: number[] = [];
  const known = new Set<number>();
  /** Where in `order` the pass has come to. */
  let at = -1;
  return {
    order,
    begin() {
      at = -1;
    },
    add(encoding) {
      // Most passes repeat the one before.
      if (order[at + 1] === encoding) {
        at++;
      } else if (known.has(encoding)) {
        at = order.indexOf(encoding);
      } else {
        // A register seen for the first time goes behind the one before it in this pass: passes of a kernel
        // that skips clean registers are partial, and together give the whole order.
        known.add(encoding);
        order.splice(at + 1, 0, encoding);
        at++;
      }
    },
    clear() {
      order.length = 0;
      known.clear();
      at = -1;
    },
  };
}
