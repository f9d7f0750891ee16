import type { Point, SwitchedClass } from "../configs/points.js";
import type { OracleGroup } from "./oracle-group.js";
import type { Paths } from "./oracle-paths.js";

/** A group of one guest context. */
export interface Track {
  readonly shape: OracleGroup;
  readonly paths: Paths;
  /** Regular windows that it has been through; of a track that is not up to date, fewer than have been. */
  done: number;
}

/** Groups that see the same points, in one guest context. */
export interface Rhythm {
  /** A point; `foreign` says of a class whether another context's values may be in its registers. */
  pass(point: Point, foreign: (each: SwitchedClass) => boolean): void;
  /** Before an access, and before the end: what the track passed over is made up for. */
  wake(track: Track): void;
  readonly tracks: readonly Track[];
}

/** So many windows at least are worth taking together. */
const fewest = 4;

/**
 * Most windows of most groups are not written and come past the same points. They are only counted, until something
 * happens to the group; then it goes through all of them at once. In windows that are all the same the cheapest way
 * changes its mind after the first or before the last, if at all: any other change can be moved there, since it
 * costs the same everywhere. Groups whose restores depend on who was last where go through each window.
 */
export function createRhythm(tracks: readonly Track[]): Rhythm {
  const awake = new Set<Track>();
  const asleep = tracks.every(({ shape }) => shape.group.restore !== "foreign");
  const [{ shape }] = tracks;
  /** Points of the window at hand, and of a regular one; the first window is whatever comes before the first choice. */
  let now: Point[] = [];
  let regular: readonly Point[] | undefined;
  let count = 0;
  const always = (): boolean => true;

  function wake(track: Track): void {
    if (awake.has(track)) return;
    awake.add(track);
    catchUp(track);
    for (const point of now) passPoint(track, point, always);
  }

  function catchUp(track: Track): void {
    const window = (): void => {
      for (const point of regular ?? []) passPoint(track, point, always);
    };
    let left = count - track.done;
    track.done = count;
    for (; left > 0 && (left < fewest || !track.paths.isSettled()); left--) window();
    if (left === 0) return;
    window();
    track.paths.stay(left - 2, window);
    window();
  }

  function endWindow(): void {
    const isRegular = regular?.length === now.length && regular.every((point, at) => point === now[at]);
    if (!isRegular) {
      // Whoever slept saw another window than it will be taken through.
      for (const track of tracks) wake(track);
      regular ??= now;
    } else count++;
    for (const track of awake) track.done = count;
    if (asleep) awake.clear();
    now = [];
  }

  if (!asleep) for (const track of tracks) awake.add(track);
  return {
    tracks,
    wake,
    pass(point, foreign) {
      for (const track of awake) passPoint(track, point, foreign);
      now.push(point);
      if (point === shape.decideAt) endWindow();
    },
  };
}

/** What a point does to a group; `foreign` as for a rhythm. */
export function passPoint(
  { shape, paths }: Pick<Track, "shape" | "paths">,
  point: Point,
  foreign: (each: SwitchedClass) => boolean,
): void {
  const { saved, restored, cleanAt, decideAt, group } = shape;
  for (let which = 0; which < saved.length; which++) if (saved[which].point === point) paths.save(which);
  if (cleanAt === point) paths.clean();
  // What a save arms is armed before the restores of the same point.
  if (decideAt === point && group.arm === "after-save") paths.decide();
  for (let which = 0; which < restored.length; which++) {
    const { point: own, each } = restored[which];
    if (own === point) paths.restore(which, foreign(each));
  }
  if (decideAt === point && group.arm !== "after-save") paths.decide();
}
