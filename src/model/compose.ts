import { pointWords, Word, type Layout, type PolicyLayout } from "./layout.js";

/**
 * Joins what two neighbouring shards found: `first` becomes what one shard over both would have found. Neither
 * needs to know how it began, so that joins can be made in any grouping (they are associative), in order.
 *
 * In the formulas A and D are the groups that were armed and dirty where `first` began. At its end a group is
 * armed if `armed | armedIfArmed & A`, and dirty if `dirty | dirtyIfDirty & D | dirtyIfArmed & A`; that is put in
 * for the A and D of `second`.
 *
 * Over a whole trace counts may pass 32 bits: there `first` is made of doubles, exact to 2^53.
 */
export function joinRegions(layout: Layout, first: Uint32Array | Float64Array, second: Uint32Array): void {
  const add = (from: number, to: number): void => {
    for (let word = from; word < to; word++) first[word] += second[word];
  };
  for (let context = 0; context < layout.words; context += layout.stride) {
    add(context, context + pointWords);
    for (const policy of layout.policies) {
      const part = context + policy.base;
      add(part + Word.saves, part + policy.trapSlot);
      add(part + policy.traps, part + policy.traps + policy.slots);
      for (let half = 0; half < 2; half++) joinMasks(policy, part, half, first, second);
    }
  }
}

function joinMasks(
  policy: PolicyLayout,
  part: number,
  half: number,
  first: Uint32Array | Float64Array,
  second: Uint32Array,
): void {
  const at = part + half;
  const of = (word: number): number => first[at + word];
  const next = (word: number): number => second[at + word];
  const armed = of(Word.armed);
  const armedIfArmed = of(Word.armedIfArmed);
  const dirty = of(Word.dirty);
  const dirtyIfDirty = of(Word.dirtyIfDirty);
  const dirtyIfArmed = of(Word.dirtyIfArmed);

  // The second's first trap of a group: sure, or again only if armed at the beginning of the first.
  for (const group of bits(next(Word.trapIfArmed) & armed, half)) {
    first[part + policy.traps + second[part + policy.trapSlot + group]]++;
  }
  for (const group of bits(next(Word.trapIfArmed) & armedIfArmed, half)) {
    first[part + policy.trapSlot + group] = second[part + policy.trapSlot + group];
  }
  first[at + Word.trapIfArmed] |= next(Word.trapIfArmed) & armedIfArmed;

  // Its first saves.
  const save = (groups: number): void => {
    for (const group of bits(groups, half)) first[part + Word.saves + group]++;
  };
  const ifDirty = next(Word.saveIfDirty);
  const ifArmed = next(Word.saveIfArmed);
  const ifEither = next(Word.saveIfEither);
  save(ifDirty & dirty);
  save(ifArmed & armed);
  save(ifEither & (dirty | armed));
  // A save of each kind is a save of its own, so what is left of each is told apart by what it depends on.
  const ask = (ifFirstDirty: number, ifFirstArmed: number): void => {
    first[at + Word.saveIfDirty] |= ifFirstDirty & ~ifFirstArmed;
    first[at + Word.saveIfArmed] |= ifFirstArmed & ~ifFirstDirty;
    first[at + Word.saveIfEither] |= ifFirstDirty & ifFirstArmed;
  };
  const neither = ifEither & ~dirty & ~armed;
  ask(ifDirty & ~dirty & dirtyIfDirty, ifDirty & ~dirty & dirtyIfArmed);
  ask(0, ifArmed & armedIfArmed);
  ask(neither & dirtyIfDirty, neither & (dirtyIfArmed | armedIfArmed));

  // How it ends.
  first[at + Word.armed] = next(Word.armed) | (next(Word.armedIfArmed) & armed);
  first[at + Word.armedIfArmed] = next(Word.armedIfArmed) & armedIfArmed;
  first[at + Word.dirty] =
    next(Word.dirty) | (next(Word.dirtyIfDirty) & dirty) | (next(Word.dirtyIfArmed) & armed);
  first[at + Word.dirtyIfDirty] = next(Word.dirtyIfDirty) & dirtyIfDirty;
  first[at + Word.dirtyIfArmed] =
    (next(Word.dirtyIfDirty) & dirtyIfArmed) | (next(Word.dirtyIfArmed) & armedIfArmed);
}

/** A region that says how a trace begins, to be joined before everything else. */
export function beginningRegion(
  layout: Layout,
  masks: readonly {
    readonly armed: readonly [number, number];
    readonly hostDirty: readonly [number, number];
  }[],
): Float64Array {
  const region = new Float64Array(layout.words);
  layout.policies.forEach(({ base }, policy) => {
    for (let context = 0; context < layout.vcpus + layout.pcpus; context++) {
      const [word, mask] =
        context < layout.vcpus ? [Word.armed, masks[policy].armed] : [Word.dirty, masks[policy].hostDirty];
      region.set(mask, context * layout.stride + base + word);
    }
  });
  return region;
}

/** Numbers of the groups in one half of a mask. */
function* bits(mask: number, half: number): Generator<number> {
  for (let left = mask; left !== 0; left &= left - 1) yield 32 * half + 31 - Math.clz32(left & -left);
}
