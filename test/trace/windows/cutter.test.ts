import { describe, expect, it } from "vitest";
import { Kind, kindCount } from "#src/trace/kinds.js";
import { createCutter, isUnseen } from "#src/trace/windows/cutter.js";
import { mostSteps, segmentations } from "#src/trace/windows/segmentation.js";
import { stepKind, stepRegister, stepKindOf } from "#src/trace/windows/step.js";

const { load, put, runStart, runEnd, entry, fullExit, fastExit, guestWrite, guestRead } = Kind;
const { emulatedWrite, emulatedRead, saveGuest, lost } = Kind;

type Given = readonly [kind: number, register?: number, vcpu?: number];

/** Windows by segmentation and vCPU, as `kind:register` words. */
function cut(...events: readonly Given[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  const cutter = createCutter((segmentation, vcpu, steps, length) => {
    const text = Array.from(steps.subarray(0, length), (step) => `${stepKind(step)}:${stepRegister(step)}`);
    (found[`${segmentations[segmentation].name} ${vcpu}`] ??= []).push(text.join(" "));
  });
  for (const [kind, register = 0, vcpu = 0] of events) cutter.add(kind, register, vcpu);
  cutter.finish();
  return found;
}

describe("windows end", () => {
  it("behind a put, and those of runs behind the end of a run too", () => {
    expect(
      cut(
        [load],
        [runStart],
        [guestWrite, 3],
        [runEnd],
        [runStart],
        [runEnd],
        [put],
        [load],
        [guestWrite, 4],
      ),
    ).toEqual({
      "runs 0": ["0:0 2:0 7:3 3:0", "2:0 3:0", "1:0", "0:0 7:4"],
      "loads 0": ["0:0 7:3 1:0", "0:0 7:4"],
    });
  });

  it("after so many steps, wherever they are; what was seen since the last point stays seen", () => {
    const writes = Array.from({ length: mostSteps + 10 }, (_, at): Given => [guestWrite, 1 + at]);
    const found = cut([load], ...writes, [guestWrite, 1], [guestWrite, 7], [put]);
    const lengths = (name: string): number[] => found[name].map((text) => text.split(" ").length);
    expect(lengths("runs 0")).toEqual([mostSteps, 12]);
    expect(lengths("loads 0")).toEqual([mostSteps, 12]);
    expect(found["runs 0"].join(" ").split(" ").slice(1, -1)).toEqual(writes.map(([, each]) => `7:${each}`));
    // An end that is the last step that fits ends one window, not two.
    expect(
      cut(...writes.slice(0, mostSteps - 1), [put], [load])["loads 0"].map((text) => text.length),
    ).toEqual([expect.any(Number), "0:0".length]);
  });
});

describe("between two points that a segmentation keeps", () => {
  it("the first access of each kind to each register is a step", () => {
    expect(
      cut(
        ...([guestWrite, guestRead, emulatedWrite, emulatedRead] as const).flatMap((kind): Given[] => [
          [kind, 1],
          [kind, 2],
          [kind, 1],
        ]),
        [entry],
        [guestWrite, 1],
        [guestWrite, 1],
        [load],
        [guestWrite, 1],
      ),
    ).toEqual({
      "runs 0": ["7:1 7:2 8:1 8:2 18:1 18:2 19:1 19:2 4:0 7:1 0:0 7:1"],
      "loads 0": ["7:1 7:2 8:1 8:2 18:1 18:2 19:1 19:2 0:0 7:1"],
    });
  });

  it("each vCPU has its own", () => {
    expect(cut([guestWrite, 1, 0], [guestWrite, 1, 900], [put, 0, 0], [guestWrite, 1, 900])).toEqual({
      "runs 0": ["7:1 1:0"],
      "runs 900": ["7:1"],
      "loads 0": ["7:1 1:0"],
      "loads 900": ["7:1"],
    });
  });
});

describe("steps", () => {
  it("do not tell a fast exit from a full one, nor what an exit was of", () => {
    expect(cut([fastExit, 5], [fullExit, 6], [entry])["runs 0"]).toEqual(["5:0 5:0 4:0"]);
  });

  it("are of what policies see, and callers pass over the rest", () => {
    expect(cut([saveGuest, 1], [lost], [Kind.userWrite, 2])).toEqual({});
    for (let kind = 0; kind < kindCount; kind++) expect(isUnseen(kind)).toBe(stepKindOf(kind) < 0);
  });
});

it("a cutter that was cleared begins anew", () => {
  const seen: number[] = [];
  const cutter = createCutter(
    (segmentation, _, __, length) => void (segmentation === 0 && seen.push(length)),
  );
  cutter.add(guestWrite, 1, 0);
  cutter.clear();
  cutter.finish();
  cutter.add(guestWrite, 1, 0);
  cutter.add(put, 0, 0);
  expect(seen).toEqual([2]);
});
