import { describe, expect, it } from "vitest";
import { Kind } from "#src/trace/kinds.js";
import {
  createWindowStream,
  literal,
  type WindowChunks,
  type WindowLimits,
} from "#src/trace/windows/stream.js";
import { stepOf } from "#src/trace/windows/step.js";

/** Runs of vCPUs, each with a write of the register of that index; the blocks and dictionary of `runs`. */
function streamed(runs: readonly (readonly [vcpu: number, register: number])[], limits: WindowLimits) {
  const blocks: WindowChunks[] = [];
  const stream = createWindowStream(
    (chunks) => void (chunks.segmentation === 0 && blocks.push(chunks)),
    limits,
  );
  for (const [vcpu, register] of runs) {
    stream.add(Kind.guestWrite, register, 0, vcpu);
    stream.add(Kind.runEnd, 0, 0, vcpu);
  }
  const { dictionaries } = stream.finish();
  return {
    blocks: blocks.map((block) => ({ ...block, words: [...block.words] })),
    dictionary: dictionaries[0],
  };
}

const end = Kind.runEnd;
const w = (register: number): number => stepOf(Kind.guestWrite, register);

describe("a stream of windows", () => {
  it("is numbers by vCPU, in blocks", () => {
    const { blocks, dictionary } = streamed(
      [
        [2, 1],
        [0, 1],
        [2, 5],
        [2, 1],
        [1, 5],
      ],
      { windowWords: 4 },
    );
    expect(blocks).toEqual([
      { segmentation: 0, vcpus: [0, 2], lengths: [1, 3], counts: [1, 3], literals: 0, words: [0, 0, 1, 0] },
      { segmentation: 0, vcpus: [1], lengths: [1], counts: [1], literals: 0, words: [1] },
    ]);
    expect([...dictionary.steps]).toEqual([w(1), end, w(5), end]);
    // Number 0 came first, last and alone; 1 between two of it, and alone.
    expect([...dictionary.flags]).toEqual([3, 3]);
  });

  it("writes out the windows for which there is no number", () => {
    const { blocks, dictionary } = streamed(
      [
        [0, 1],
        [0, 2],
        [3, 1],
        [0, 3],
        [0, 1],
      ],
      { numberedWindows: 1 },
    );
    expect(blocks).toEqual([
      {
        segmentation: 0,
        vcpus: [0, 3],
        lengths: [10, 1],
        counts: [4, 1],
        literals: 2,
        words: [0, literal, 2, w(2), end, literal, 2, w(3), end, 0, 0],
      },
    ]);
    expect(dictionary.size).toBe(1);
    expect([...dictionary.flags]).toEqual([3]);
  });

  it("says of each window whether it came behind another one of its vCPU, and before one", () => {
    const { dictionary } = streamed(
      [
        [0, 1],
        [1, 4],
        [0, 2],
        [0, 3],
        [1, 3],
      ],
      {},
    );
    expect([...dictionary.flags]).toEqual([2, 2, 3, 1]);
  });

  it("begins anew when it is cleared", () => {
    const blocks: WindowChunks[] = [];
    const stream = createWindowStream((chunks) => blocks.push(chunks), { numberedWindows: 1 });
    const write = (register: number): void => {
      stream.add(Kind.load, 0, 0, 0);
      stream.add(Kind.guestWrite, register, 0, 0);
      stream.add(Kind.put, 0, 0, 0);
    };
    write(1);
    write(2);
    stream.add(Kind.guestWrite, 9, 0, 0);
    stream.clear();
    write(2);
    const { dictionaries, once } = stream.finish();
    expect(blocks.map(({ segmentation, literals, words }) => [segmentation, literals, ...words])).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ]);
    expect([...dictionaries[1].flags, ...dictionaries[1].steps]).toEqual([0, Kind.load, w(2), Kind.put]);
    expect(once).toEqual({ stays: [], beforeCaches: [[Kind.guestWrite, 2, 0, 1]] });
  });

  it.each([{ numberedWindows: 0x1_0000 }, { numberedWindows: -1 }, { windowWords: 0 }, { windowWords: 1e6 }])(
    "has no limits of %j",
    (limits) => {
      expect(() => createWindowStream(() => undefined, limits)).toThrow(RangeError);
    },
  );
});
