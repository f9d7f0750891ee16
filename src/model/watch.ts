import { mostWindows } from "../trace/windows/dictionary.js";
import type { Carrier } from "./carry.js";
import { sharedF64, sharedI32 } from "./shared.js";

/**
 * Takes groups through windows all at once, where few windows matter to any of them: bits for each group say whether
 * it is alert, and bits for each window of the dictionary which groups it matters to. Alert groups skip windows that
 * do not touch them; those asleep (see `sleep.ts`) skip all that are regular, until they wake.
 */
export interface Watch {
  run(vcpu: number, words: Uint16Array, from: number, to: number): void;
  /** Brings all groups to where the windows are. */
  catchUp(): void;
  /** Takes out groups that more than `share` of the windows since the last call mattered to, and returns them. */
  dismiss(share: number): readonly Carrier[];
}

/** Bits beside the sign, which is for windows that wake sleepers, and for none of the dictionary's. */
const mostBits = 31;
const wakes = -(2 ** 31);

/** A shorter sleep is not worth the waking. */
const shortestSleep = 8;

interface Watched {
  readonly carrier: Carrier;
  /** For windows that matter in any state; and for those that pass no point of the group, which do so in most. */
  readonly bit: number;
  readonly emptyBit: number;
  readonly empty: number;
  alarms: number;
}

interface Lane {
  /** Bits of groups that are alert; and the sign, where some sleep or there are none. */
  alert: number;
  asleep: number;
  /** Windows so far. */
  position: number;
  /** Position at which the first of those asleep wakes. */
  next: number;
  /** By group: windows that it was taken through, and where it wakes. */
  readonly since: Float64Array;
  readonly waking: Float64Array;
}

/** Watches for groups, as many as their bits need. */
export function createWatches(
  carriers: readonly Carrier[],
  size: number,
  vcpus: number,
  wrong: () => Error,
): Watch[] {
  const lists: Watched[][] = [[]];
  let bits = 0;
  for (const carrier of carriers) {
    const empty = carrier.sequences.findIndex((symbols) => symbols.length === 0);
    const hasEmpty = empty >= 0 && empty !== carrier.idle;
    if (bits + 1 + Number(hasEmpty) > mostBits) {
      lists.push([]);
      bits = 0;
    }
    const bit = 1 << bits++;
    const emptyBit = hasEmpty ? 1 << bits++ : 0;
    lists[lists.length - 1].push({ carrier, bit, emptyBit, empty: hasEmpty ? empty : -1, alarms: 0 });
  }
  return lists.map((list) => createWatch(list, size, vcpus, wrong));
}

/**
 * @param size - Windows of the dictionary.
 * @param wrong - Makes an error for a window that the dictionary does not have.
 */
function createWatch(groups: readonly Watched[], size: number, vcpus: number, wrong: () => Error): Watch {
  /** Bits of those that are still watched. */
  let members = groups.reduce((bits, { bit, emptyBit }) => bits | bit | emptyBit, 0);
  const isMember = ({ bit }: Watched): boolean => (members & bit) !== 0;
  const groupOf = sharedI32(mostBits);
  const matters = sharedI32(mostWindows + 1).fill(-1, size);
  /** By window: groups to which it is not regular. */
  const odd = sharedI32(size);
  groups.forEach(({ carrier: { classOf, idle, sleep }, bit, emptyBit, empty }, group) => {
    groupOf[31 - Math.clz32(bit)] = group;
    if (emptyBit !== 0) groupOf[31 - Math.clz32(emptyBit)] = group;
    for (let number = 0; number < size; number++) {
      const each = classOf[number];
      if (each === empty) matters[number] |= emptyBit;
      else if (each !== idle) matters[number] |= bit;
      if (!sleep.isRegular(each)) odd[number] |= bit;
    }
  });
  keepMembers();

  const lanes = Array.from({ length: vcpus }, (): Lane => ({
    alert: members === 0 ? wakes : members,
    asleep: 0,
    position: 0,
    next: Infinity,
    since: sharedF64(groups.length),
    waking: sharedF64(groups.length).fill(Infinity),
  }));
  let windows = 0;

  /** Leaves out what matters to nobody who is still here. */
  function keepMembers(): void {
    for (let number = 0; number < size; number++) {
      odd[number] &= members;
      matters[number] = (matters[number] & members) | (odd[number] === 0 ? 0 : wakes);
    }
  }

  /** Takes a group to a position through windows that do not matter to it. */
  function bring(vcpu: number, lane: Lane, group: number, position: number): void {
    const missed = position - lane.since[group];
    if (missed > 0) groups[group].carrier.skip(vcpu, missed);
    lane.since[group] = position;
  }

  /** Whether a group sleeps from here on, and until when. */
  function settle(vcpu: number, lane: Lane, group: number): void {
    const { carrier, bit, emptyBit } = groups[group];
    const rest = carrier.restOf(carrier.lanes[vcpu]);
    lane.alert &= ~(bit | emptyBit | wakes);
    lane.asleep &= ~bit;
    lane.waking[group] = Infinity;
    if (rest !== undefined && rest.windows >= shortestSleep) {
      const waking = lane.since[group] + rest.windows;
      lane.waking[group] = waking;
      if (waking < lane.next) lane.next = waking;
      lane.asleep |= bit;
    } else {
      lane.alert |= rest?.stays === true && rest.path !== undefined ? bit : bit | emptyBit;
    }
    if (lane.asleep !== 0) lane.alert |= wakes;
  }

  /** Those whose sleep is over are alert; where they are is worked out when a window matters to them. */
  function wake(lane: Lane, position: number): void {
    let next = Infinity;
    for (let group = 0; group < groups.length; group++) {
      const at = lane.waking[group];
      if (at <= position) {
        const { bit, emptyBit } = groups[group];
        lane.waking[group] = Infinity;
        lane.asleep &= ~bit;
        lane.alert |= bit | emptyBit;
      } else if (at < next) next = at;
    }
    lane.next = next;
    if (lane.asleep === 0) lane.alert &= ~wakes;
  }

  /** A window that matters to some groups. */
  function meet(vcpu: number, lane: Lane, word: number, position: number): void {
    if (word >= size) throw wrong();
    for (
      let left = (matters[word] & lane.alert & ~wakes) | (odd[word] & lane.asleep);
      left !== 0;
      left &= left - 1
    ) {
      const group = groupOf[31 - Math.clz32(left & -left)];
      const { carrier, bit, empty } = groups[group];
      if ((lane.asleep & bit) !== 0 && carrier.classOf[word] === empty) {
        // Nothing to the group: it sleeps on as if the window had not been.
        lane.since[group]++;
        lane.waking[group]++;
        continue;
      }
      bring(vcpu, lane, group, position);
      carrier.take(vcpu, word);
      lane.since[group] = position + 1;
      groups[group].alarms++;
      settle(vcpu, lane, group);
    }
  }

  return {
    run(vcpu, words, from, to) {
      const lane = lanes[vcpu];
      const start = lane.position - from;
      windows += to - from;
      for (let at = from; at < to;) {
        const stop = Math.min(to, lane.next - start);
        at = scan(words, at, stop, matters, lane.alert);
        if (at < stop) {
          meet(vcpu, lane, words[at], start + at);
          at++;
        }
        if (start + at >= lane.next) wake(lane, start + at);
      }
      lane.position = start + to;
    },
    catchUp() {
      lanes.forEach((lane, vcpu) =>
        groups.forEach((each, group) => {
          if (isMember(each)) bring(vcpu, lane, group, lane.position);
        }),
      );
    },
    dismiss(share) {
      const found = groups.filter((each) => isMember(each) && each.alarms > share * windows);
      for (const each of found) {
        const group = groups.indexOf(each);
        lanes.forEach((lane, vcpu) => {
          bring(vcpu, lane, group, lane.position);
          lane.waking[group] = Infinity;
        });
        members &= ~(each.bit | each.emptyBit);
      }
      for (const lane of lanes) {
        lane.asleep &= members;
        lane.alert &= members;
        if (lane.asleep !== 0 || members === 0) lane.alert |= wakes;
      }
      if (found.length > 0) keepMembers();
      for (const each of groups) each.alarms = 0;
      windows = 0;
      return found.map(({ carrier }) => carrier);
    },
  };
}

/** The first window that matters to somebody, or `to`. */
function scan(words: Uint16Array, from: number, to: number, matters: Int32Array, alert: number): number {
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const four =
      matters[words[at]] | matters[words[at + 1]] | matters[words[at + 2]] | matters[words[at + 3]];
    if ((four & alert) !== 0) break;
  }
  while (at < to && (matters[words[at]] & alert) === 0) at++;
  return at;
}
