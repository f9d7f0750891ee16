/** Damages a copy of a file: cut off, bits turned over, numbers at their limits, parts moved. */
export function mutate(file: Uint8Array, seed: number): Buffer {
  // Numerical Recipes' generator: what it gives for a seed never changes.
  let state = (Math.imul(seed, 2_654_435_761) + 1) >>> 0;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  let copy = Buffer.from(file);
  for (let left = 1 + below(4); left > 0; left--) {
    const at = below(Math.max(1, copy.length - 8));
    switch (below(5)) {
      case 0:
        copy = copy.subarray(0, at);
        break;
      case 1:
        for (let bits = 1 + below(8); bits > 0; bits--) copy[below(copy.length)] ^= 1 << below(8);
        break;
      case 2:
        copy.subarray(at, at + [1, 2, 4, 8][below(4)]).fill(below(2) === 0 ? 0xff : 0);
        break;
      case 3:
        copy.copyWithin(at, below(copy.length), below(copy.length));
        break;
      default:
        copy.subarray(at, at + below(64)).fill(below(256));
    }
    if (copy.length === 0) break;
  }
  return copy;
}
