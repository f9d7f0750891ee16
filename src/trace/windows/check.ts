import { corrupt } from "../corrupt.js";
import type { Trace } from "../reader.js";
import { Came } from "./dictionary.js";
import { windowsOfEvents } from "./of-events.js";
import { mostSteps, segmentations } from "./segmentation.js";
import { literal } from "./stream.js";
import type { TraceWindows } from "./trace-windows.js";

/** Windows by a number of their own, whatever their dictionary calls them: the same steps, the same number. */
interface Names {
  nameOf(steps: Uint16Array): number;
}

/**
 * Holds the windows that a trace stores against those of its events. How windows are numbered, which of them have a
 * number, and where a block ends is left to its writer. Reads everything, and keeps the events' windows in memory.
 * Throws TraplineError "corrupt", which names what differs.
 */
export function checkWindows(trace: Trace): void {
  const { vcpus } = trace.header;
  const differ = (what: string): Error =>
    corrupt(`${what} in the stored windows and in the events differ`, { file: trace.path });
  const stored = trace.windows();
  const made = windowsOfEvents(trace);
  if (!isSame(stored.once.stays, made.once.stays)) throw differ("the stays");
  if (!isSame(stored.once.beforeCaches, made.once.beforeCaches)) {
    throw differ("the accesses before the caches were on");
  }
  segmentations.forEach(({ name }, segmentation) => {
    const names = createNames();
    const streams = (of: TraceWindows): number[][] =>
      streamsOf(of, segmentation, vcpus.length, names, () => differ(`the windows (${name})`));
    const [found, expected] = [streams(stored), streams(made)];
    found.forEach((stream, vcpu) => {
      const length = Math.max(stream.length, expected[vcpu].length);
      for (let at = 0; at < length; at++) {
        if (stream[at] !== expected[vcpu][at]) throw differ(`window ${at} (${name}) of vCPU ${vcpu}`);
      }
    });
    const came = cameOf(expected);
    const { size, offsets, steps, flags } = stored.dictionaries[segmentation];
    for (let number = 0; number < size; number++) {
      const flag = came.get(names.nameOf(steps.subarray(offsets[number], offsets[number + 1])));
      if (flag !== flags[number])
        throw differ(`what is said of window ${number} of the dictionary (${name})`);
    }
  });
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function createNames(): Names {
  const names = new Map<string, number>();
  return {
    nameOf(steps) {
      const key = steps.join();
      let name = names.get(key);
      if (name === undefined) names.set(key, (name = names.size));
      return name;
    },
  };
}

/** By vCPU: its windows in order. */
function streamsOf(
  { dictionaries, blocks, read }: TraceWindows,
  segmentation: number,
  vcpuCount: number,
  names: Names,
  fail: () => Error,
): number[][] {
  const { size, offsets, steps } = dictionaries[segmentation];
  const numbered = Array.from({ length: size }, (_, at) =>
    names.nameOf(steps.subarray(offsets[at], offsets[at + 1])),
  );
  const streams = Array.from({ length: vcpuCount }, (): number[] => []);
  blocks.forEach((row, block) => {
    if (row.segmentation !== segmentation) return;
    const { vcpus, lengths, counts, words } = read(block);
    let at = 0;
    vcpus.forEach((vcpu, chunk) => {
      const end = at + lengths[chunk];
      const before = streams[vcpu].length;
      while (at < end) {
        const number = words[at++];
        if (number !== literal) {
          if (number >= size) throw fail();
          streams[vcpu].push(numbered[number]);
          continue;
        }
        const length = at < end ? words[at++] : 0;
        if (length < 1 || length > mostSteps || at + length > end) throw fail();
        streams[vcpu].push(names.nameOf(words.subarray(at, at + length)));
        at += length;
      }
      if (streams[vcpu].length !== before + counts[chunk]) throw fail();
    });
  });
  return streams;
}

/** How each window came, behind another one and before one; see `Came`. */
function cameOf(streams: readonly (readonly number[])[]): Map<number, number> {
  const came = new Map<number, number>();
  for (const stream of streams) {
    stream.forEach((window, at) => {
      const flag = (at > 0 ? Came.behind : 0) | (at < stream.length - 1 ? Came.before : 0);
      came.set(window, (came.get(window) ?? 0) | flag);
    });
  }
  return came;
}
