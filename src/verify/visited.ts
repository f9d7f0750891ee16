/** States that were reached, each a pair of numbers, in the order in which they were: packed, with the way to each. */
export interface Visited {
  readonly size: number;
  control(state: number): number;
  values(state: number): number;
  /** The state from which it was first reached; -1 for the first. */
  parent(state: number): number;
  /** True where the pair is new. */
  add(control: number, values: number, parent: number): boolean;
}

export function createVisited(): Visited {
  let capacity = 1 << 12;
  let controls = new Int32Array(capacity);
  let words = new Int32Array(capacity);
  let parents = new Int32Array(capacity);
  /** Open addressing: state + 1, or 0 for a free place; twice as many places as states at least. */
  let table = new Int32Array(2 * capacity);
  let size = 0;

  const placeOf = (control: number, values: number): number => {
    let hash = Math.imul(values ^ Math.imul(control, 0x9e3779b1), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    return (hash ^ (hash >>> 13)) & (table.length - 1);
  };

  function find(control: number, values: number): number {
    let place = placeOf(control, values);
    for (;;) {
      const state = table[place] - 1;
      if (state < 0 || (controls[state] === control && words[state] === values)) return place;
      place = (place + 1) & (table.length - 1);
    }
  }

  function grow(): void {
    capacity *= 2;
    const wider = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const made = new Int32Array(capacity);
      made.set(old);
      return made;
    };
    controls = wider(controls);
    words = wider(words);
    parents = wider(parents);
    table = new Int32Array(2 * capacity);
    for (let state = 0; state < size; state++) table[find(controls[state], words[state])] = state + 1;
  }

  return {
    get size() {
      return size;
    },
    control: (state) => controls[state],
    values: (state) => words[state],
    parent: (state) => parents[state],
    add(control, values, parent) {
      if (size === capacity) grow();
      const place = find(control, values);
      if (table[place] !== 0) return false;
      controls[size] = control;
      words[size] = values;
      parents[size] = parent;
      table[place] = ++size;
      return true;
    },
  };
}
