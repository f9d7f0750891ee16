import { accessKinds, Kind } from "../kinds.js";

/**
 * Counts that need no window because no policy changes them: how often a restore found the vCPU's own values still
 * there, and what it accessed before it had its caches on.
 */
export interface OnceCounts {
  readonly stays: readonly StayRow[];
  readonly beforeCaches: readonly BeforeCachesRow[];
}

/** How often a vCPU passed a point with no other vCPU on the pCPU, and itself on no other, since it last did. */
export type StayRow = readonly [kind: number, vcpu: number, count: number];

/** How often a vCPU accessed a register before SCTLR_EL1.M and C were first seen set in it. */
export type BeforeCachesRow = readonly [kind: number, register: number, vcpu: number, count: number];

export interface OnceCounter {
  add(kind: number, register: number, pcpu: number, vcpu: number): void;
  /** Call after `add` of an event that shows the value of the vCPU's SCTLR_EL1. */
  sctlr(vcpu: number, lo: number): void;
  rows(): OnceCounts;
  clear(): void;
}

/** Points at which some configuration restores a guest's registers. */
export const restoreKinds: readonly number[] = [Kind.load, Kind.runStart, Kind.entry];

/** Kinds of events that show the value which a guest's register has now. */
export const showsValue: ReadonlySet<number> = new Set([
  Kind.guestWrite,
  Kind.emulatedWrite,
  Kind.hypWrite,
  Kind.restoreGuest,
]);

/** SCTLR_EL1: op0 3, op1 0, CRn 1, CRm 0, op2 0 (Arm ARM), packed as in `registers/encoding.ts`. */
export const sctlrEl1 = 0xc080;

/** SCTLR_EL1.M and SCTLR_EL1.C. */
export const cachesOn = 0b101;

export function createOnceCounter(): OnceCounter {
  /** By kind of point: which vCPU passed it last on each pCPU, and on which pCPU each vCPU did. */
  const holder = restoreKinds.map((): number[] => []);
  const lastPcpu = restoreKinds.map((): number[] => []);
  const stays = restoreKinds.map((): number[] => []);
  const isOn = new Set<number>();
  const before = new Map<number, Map<number, number>>();
  return {
    add(kind, register, pcpu, vcpu) {
      const at = restoreKinds.indexOf(kind);
      if (at >= 0) {
        if (holder[at][pcpu] === vcpu && lastPcpu[at][vcpu] === pcpu) {
          stays[at][vcpu] = (stays[at][vcpu] ?? 0) + 1;
        }
        holder[at][pcpu] = vcpu;
        lastPcpu[at][vcpu] = pcpu;
      } else if (!isOn.has(vcpu) && accessKinds.has(kind)) {
        const key = (register << 5) | kind;
        let counts = before.get(vcpu);
        if (counts === undefined) before.set(vcpu, (counts = new Map()));
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    },
    sctlr(vcpu, lo) {
      if ((lo & cachesOn) === cachesOn) isOn.add(vcpu);
    },
    rows: () => ({
      stays: restoreKinds.flatMap((kind, at) =>
        stays[at].flatMap((count, vcpu): StayRow[] => (count > 0 ? [[kind, vcpu, count]] : [])),
      ),
      beforeCaches: [...before]
        .toSorted((a, b) => a[0] - b[0])
        .flatMap(([vcpu, counts]) =>
          [...counts]
            .toSorted((a, b) => a[0] - b[0])
            .map(([key, count]): BeforeCachesRow => [key & 31, key >>> 5, vcpu, count]),
        ),
    }),
    clear() {
      for (const list of [...holder, ...lastPcpu, ...stays]) list.length = 0;
      isOn.clear();
      before.clear();
    },
  };
}
