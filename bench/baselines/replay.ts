/**
 * What one would write in plain TypeScript instead of trapline: `replay.c` again, with words of 32 bits.
 *
 *     node replay.js TABLES REPEATS RUNS
 *
 * Reads what `replay.c` reads and prints what it prints.
 */
import { readFileSync } from "node:fs";

const cachesOn = 7;
const firstAccess = 8;
const [name, repeats, runs] = process.argv.slice(2);
const file = readFileSync(name);
let position = 0;
const u32 = (): number => file.readUInt32LE((position += 4) - 4);

const groups = u32();
const laneCount = u32();
const words = 2 * file.readUInt32LE(8);
position += 4;
const rules = Array.from({ length: groups }, () => {
  return { traps: u32(), windows: u32(), eager: u32(), saver: u32(), armer: u32() };
});
/** By byte and word. */
const touching = new Int32Array(256 * words);
const saving = new Int32Array(firstAccess * words);
const arming = new Int32Array(firstAccess * words);
for (let at = firstAccess * words; at < touching.length; at++) touching[at] = u32();
/** Bytes that something is to be done at, whatever is armed. */
const acts = new Uint8Array(256);
acts[cachesOn] = 1;
rules.forEach(({ saver, armer }, group) => {
  saving[saver * words + (group >> 5)] |= 1 << (group & 31);
  arming[armer * words + (group >> 5)] |= 1 << (group & 31);
  acts[saver] = acts[armer] = 1;
});
const lanes = Array.from({ length: laneCount }, () => {
  const length = u32();
  const once = file.subarray(position, (position += length));
  const bytes = new Uint8Array(length * Number(repeats));
  for (let at = 0; at < Number(repeats); at++) bytes.set(once, at * length);
  return bytes;
});

const counted = (): Record<"traps" | "saves" | "changes" | "bytes" | "before", Float64Array> => {
  return {
    traps: new Float64Array(groups * 256),
    saves: new Float64Array(groups),
    changes: new Float64Array(groups),
    bytes: new Float64Array(256),
    before: new Float64Array(256),
  };
};

function replayLane(lane: Uint8Array, counts: ReturnType<typeof counted>): void {
  const armed = new Int32Array(words).fill(-1);
  const dirty = new Int32Array(words);
  const eager = new Int32Array(words);
  const decided = new Int32Array(words);
  const passes = new Float64Array(firstAccess);
  const nearest = new Float64Array(firstAccess).fill(Infinity);
  /** By group: where its trial or its eager stretch began, the trial and its traps, saves passed at the beginning. */
  const since = new Float64Array(groups);
  const trial = new Float64Array(groups);
  const trialTraps = new Float64Array(groups);
  const begun = new Float64Array(groups);
  const seen = [new Uint32Array(256), new Uint32Array(256)];
  let on = false;

  const takeBefore = (): void =>
    counts.before.forEach((_, n) => (counts.before[n] += seen[0][n] + seen[1][n]));

  function pass(point: number): void {
    const now = ++passes[point];
    for (let w = 0; w < words; w++) {
      const cell = point * words + w;
      for (let left = dirty[w] & saving[cell] & ~eager[w]; left !== 0; left &= left - 1) {
        counts.saves[32 * w + 31 - Math.clz32(left & -left)]++;
      }
      dirty[w] &= ~saving[cell];
    }
    if (now === nearest[point]) endEager(point, now);
    for (let w = 0; w < words; w++) {
      const arm = arming[point * words + w];
      for (let left = decided[w] & arm; left !== 0; left &= left - 1) {
        const group = 32 * w + 31 - Math.clz32(left & -left);
        eager[w] |= left & -left;
        counts.changes[group]++;
        since[group] = now;
        begun[group] = passes[rules[group].saver];
        nearest[point] = Math.min(nearest[point], now + rules[group].eager);
      }
      decided[w] &= ~arm;
      armed[w] = (armed[w] | arm) & ~(eager[w] & arm);
    }
  }

  function endEager(point: number, now: number): void {
    nearest[point] = Infinity;
    for (let w = 0; w < words; w++) {
      for (let left = eager[w] & arming[point * words + w]; left !== 0; left &= left - 1) {
        const group = 32 * w + 31 - Math.clz32(left & -left);
        const end = since[group] + rules[group].eager;
        if (end > now) {
          nearest[point] = Math.min(nearest[point], end);
          continue;
        }
        eager[w] ^= left & -left;
        counts.saves[group] += passes[rules[group].saver] - begun[group];
        counts.changes[group]++;
        since[group] = now;
        trial[group] = trialTraps[group] = 0;
      }
    }
  }

  function trap(group: number, byte: number): void {
    counts.traps[256 * group + byte]++;
    const { traps, windows, armer } = rules[group];
    if (windows === 0 || passes[armer] === 0) return;
    since[group] = Math.max(1, since[group]);
    const own = Math.floor((passes[armer] - since[group]) / windows);
    if (own !== trial[group]) trialTraps[group] = 0;
    trial[group] = own;
    if (++trialTraps[group] === traps) decided[group >> 5] |= 1 << (group & 31);
  }

  for (let at = 0; at < lane.length; at++) {
    const byte = lane[at];
    let hit = 0;
    seen[at & 1][byte]++;
    for (let w = 0; w < words; w++) {
      const touch = touching[byte * words + w];
      hit |= armed[w] & touch;
      dirty[w] |= touch;
    }
    if (hit === 0 && acts[byte] === 0) continue;
    if (byte < cachesOn) pass(byte);
    else if (byte > cachesOn) {
      for (let w = 0; w < words; w++) {
        const open = armed[w] & touching[byte * words + w];
        armed[w] ^= open;
        for (let left = open; left !== 0; left &= left - 1)
          trap(32 * w + 31 - Math.clz32(left & -left), byte);
      }
    } else if (!on) {
      takeBefore();
      on = true;
    }
  }
  if (!on) takeBefore();
  for (let group = 0; group < groups; group++) {
    if ((eager[group >> 5] & (1 << (group & 31))) === 0) continue;
    counts.saves[group] += passes[rules[group].saver] - begun[group];
  }
  counts.bytes.forEach((_, n) => (counts.bytes[n] += seen[0][n] + seen[1][n]));
}

const seconds: number[] = [];
let counts = counted();
for (let run = 0; run < Number(runs); run++) {
  counts = counted();
  const from = performance.now();
  for (const lane of lanes) replayLane(lane, counts);
  seconds.push((performance.now() - from) / 1000);
}
const { traps, saves, changes, bytes, before } = counts;
const rows = [...traps].flatMap((count, at) => (count > 0 ? [[at >> 8, at & 255, count]] : []));
process.stdout.write(
  `${JSON.stringify({ seconds, traps: rows, saves: [...saves], changes: [...changes], bytes: [...bytes], before: [...before] })}\n`,
);
