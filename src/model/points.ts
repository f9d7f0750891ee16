import type { Point } from "../configs/points.js";
import { Kind } from "../trace/kinds.js";

/** The event kinds at which a point of the switch tables is reached. */
export const kindsOfPoint: Readonly<Record<Point, readonly number[]>> = {
  load: [Kind.load],
  put: [Kind.put],
  "run-start": [Kind.runStart],
  "run-end": [Kind.runEnd],
  entry: [Kind.entry],
  exit: [Kind.fullExit, Kind.fastExit],
};

export const points: readonly Point[] = ["load", "put", "run-start", "run-end", "entry", "exit"];

/** The point that an event of a kind is, if it is one. */
export const pointOfKind: ReadonlyMap<number, Point> = new Map(
  points.flatMap((point) => kindsOfPoint[point].map((kind) => [kind, point] as const)),
);
