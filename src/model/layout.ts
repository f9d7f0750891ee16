/**
 * The vCPU model as workers hold it: u32 words in a SharedArrayBuffer. One region per shard, written by one
 * worker alone and read only after that worker has reported it done, so that nothing a dead worker wrote counts.
 *
 *     region   =  (vCPUs + pCPUs) contexts, guests first
 *     context  =  points, then a part for each policy
 *     points   =  7 words: how often each point came, by event kind 0 to 6
 *     part     =
 *
 *      0  armed             groups whose accesses trap now
 *      2  armedIfArmed      groups that are armed now if they were when the shard began
 *      4  dirty             groups to save at the next save point
 *      6  dirtyIfDirty      groups that are dirty now if they were when the shard began
 *      8  dirtyIfArmed      groups that are dirty now if they were armed when the shard began
 *     10  trapIfArmed       groups that had a trap if they were armed when the shard began
 *     12  saveIfDirty       groups that were saved once if they were dirty when the shard began
 *     14  saveIfArmed       ... once if they were armed
 *     16  saveIfEither      ... once if they were dirty or armed
 *     18  saves             one word a group: how often it was saved
 *     ..  trapSlot          one word a group: the register of the trap of `trapIfArmed`
 *     ..  traps             one word a register of the policy's groups: its traps
 *
 * Masks are pairs of words, bit n of the pair for group n. A shard begins inside windows and does not know what
 * came before: the `If` masks say what depends on that, and `compose.ts` resolves them when the state before is
 * known. At most one trap and two saves of a group depend on it: after them its state is known. Where a group is
 * dirty for sure it does not matter what `dirtyIfDirty` and `dirtyIfArmed` say.
 */
export const Word = {
  armed: 0,
  armedIfArmed: 2,
  dirty: 4,
  dirtyIfDirty: 6,
  dirtyIfArmed: 8,
  trapIfArmed: 10,
  saveIfDirty: 12,
  saveIfArmed: 14,
  saveIfEither: 16,
  saves: 18,
} as const;

/** Points per context: event kinds 0 to 6. */
export const pointWords = 7;

export interface PolicyShape {
  readonly groups: number;
  /** Registers of all its groups. */
  readonly slots: number;
}

export interface PolicyLayout extends PolicyShape {
  /** Words from a context's first to the policy's part. */
  readonly base: number;
  /** Words from the part's first to its trap slots and traps. */
  readonly trapSlot: number;
  readonly traps: number;
}

export interface Layout {
  readonly vcpus: number;
  readonly pcpus: number;
  readonly policies: readonly PolicyLayout[];
  /** Words of a context, and of a region. */
  readonly stride: number;
  readonly words: number;
}

export function createLayout(vcpus: number, pcpus: number, shapes: readonly PolicyShape[]): Layout {
  let stride = pointWords;
  const policies = shapes.map(({ groups, slots }): PolicyLayout => {
    const base = stride;
    const trapSlot = Word.saves + groups;
    const traps = trapSlot + groups;
    stride += traps + slots;
    return { groups, slots, base, trapSlot, traps };
  });
  return { vcpus, pcpus, policies, stride, words: (vcpus + pcpus) * stride };
}

/**
 * Makes a region a shard's beginning: nothing counted, and everything as it was before, whatever that is. Bits
 * beyond the groups are set too; nothing ever looks at them.
 */
export function clearRegion(region: Uint32Array, { vcpus, pcpus, policies, stride }: Layout): void {
  region.fill(0);
  for (let context = 0; context < vcpus + pcpus; context++) {
    for (const { base } of policies) {
      const at = context * stride + base;
      // The host's traps are never armed.
      if (context < vcpus) region.fill(0xffff_ffff, at + Word.armedIfArmed, at + Word.armedIfArmed + 2);
      region.fill(0xffff_ffff, at + Word.dirtyIfDirty, at + Word.dirtyIfDirty + 2);
    }
  }
}
