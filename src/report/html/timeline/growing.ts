type Numbers = Float64Array | Uint32Array;

/** Numbers in one piece of memory, of which nobody knows beforehand how many they will be. */
export interface Growing<T extends Numbers> {
  push(value: number): void;
  length(): number;
  finish(): T;
}

export function createGrowing<T extends Numbers>(make: (length: number) => T): Growing<T> {
  let memory = make(256);
  let used = 0;
  return {
    push(value) {
      if (used === memory.length) {
        const larger = make(2 * used);
        larger.set(memory);
        memory = larger;
      }
      memory[used++] = value;
    },
    length: () => used,
    finish: () => {
      const own = make(used);
      own.set(memory.subarray(0, used));
      return own;
    },
  };
}
