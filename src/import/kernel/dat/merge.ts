import type { TraplineError } from "../../../errors.js";
import { toAbsolute, isSteady } from "./clock.js";
import { createCpuEvents, type CpuEvents, usedBytes } from "./cpu-events.js";
import type { Dat } from "./dat.js";
import type { Instance } from "./tables.js";
import type { CpuRange } from "./options.js";
import { createPages, type Usage } from "./pages.js";

/** All events of one or more files in the order of time. */
export interface MergedEvents {
  /** What was subtracted from all times: 0 unless they do not fit into 53 bits. */
  readonly origin: bigint;
  /** The next event, in the buffer it comes from, valid until the next call; undefined after the last. */
  next(): Source | undefined;
  /** Bytes of the files read so far. */
  read(): number;
}

export interface Source {
  readonly dat: Dat;
  readonly events: CpuEvents;
}

/** Half of what fits: no recording goes on for so long that the other half is not enough (52 days). */
const farTime = 1n << 52n;

interface Buffer {
  readonly dat: Dat;
  readonly instance: Instance;
  readonly range: CpuRange;
  readonly first: bigint;
}

/**
 * Merges the buffers of files that were recorded together, as trace-cmd's report does: events of the same time come
 * in the order of files, instances (the top one first) and CPUs. A CPU's own events keep their order whatever their
 * times are.
 */
export function mergeEvents(dats: readonly Dat[], onDamage: (error: TraplineError) => void): MergedEvents {
  const buffers = dats.flatMap((dat) =>
    dat.instances.flatMap((instance) =>
      instance.cpus.flatMap((range): Buffer[] => {
        const first = firstStamp(dat, instance, range);
        return first === undefined ? [] : [{ dat, instance, range, first }];
      }),
    ),
  );
  const starts = buffers.flatMap(({ dat, range, first }) =>
    first === 0n ? [] : [toAbsolute(dat, range.cpu)(first)],
  );
  const fits = starts.every((start) => start >= 0n && start < farTime);
  const origin = fits ? 0n : starts.reduce((least, start) => (start < least ? start : least));
  const usage: Usage = { held: 0, read: 0 };
  const sources = buffers.map((buffer) => openBuffer(buffer, origin, usage, onDamage));
  return { origin, next: inOrder(sources), read: () => usage.read };
}

/** Of the first page that holds events; read before everything else, since all times are counted from the earliest. */
function firstStamp(dat: Dat, instance: Instance, range: CpuRange): bigint | undefined {
  const { page, little } = dat;
  const pages = pagesOf(dat, instance, range, { held: 0, read: 0 }, () => undefined);
  while (pages.next()) {
    const room = pages.length - page.data;
    if (room < 0) break;
    const used = usedBytes(pages.view.getUint32(pages.at + page.commit, little));
    if (used > 0 && used <= room) return pages.view.getBigUint64(pages.at + page.timestamp, little);
  }
  // Nothing in it says when it was; what is wrong with it, if anything, is said when it is read in its turn.
  return range.size === 0 ? undefined : 0n;
}

function pagesOf(
  { file, little, decompress }: Dat,
  { pageSize, compressed }: Instance,
  range: CpuRange,
  usage: Usage,
  onDamage: (error: TraplineError) => void,
): ReturnType<typeof createPages> {
  return createPages({
    file,
    range,
    pageSize,
    little,
    usage,
    onDamage,
    decompress: compressed ? decompress : undefined,
  });
}

function openBuffer(
  { dat, instance, range, first }: Buffer,
  origin: bigint,
  usage: Usage,
  onDamage: (error: TraplineError) => void,
): Source {
  const convert = toAbsolute(dat, range.cpu);
  /** Counting from its own first time, a buffer's timestamps are small whatever the clock shows. */
  const added = Number(convert(first) - origin);
  const events = createCpuEvents({
    file: dat.file,
    cpu: range.cpu,
    pages: pagesOf(dat, instance, range, usage, onDamage),
    format: dat.page,
    little: dat.little,
    origin: { high: Number(first >> 32n), low: Number(first & 0xffffffffn) },
    toShared: isSteady(dat)
      ? (time) => time + added
      : (time) => Number(convert(first + BigInt(time)) - origin),
    onDamage: (what, offset) => onDamage(dat.file.damaged(what, offset)),
  });
  return { dat, events };
}

/** A binary heap of the buffers, by the time of the event at hand and then by their order. */
function inOrder(sources: readonly Source[]): () => Source | undefined {
  const order = new Map(sources.map((source, at) => [source, at]));
  const heap: Source[] = [];
  let started = false;

  const before = (a: Source, b: Source): boolean =>
    a.events.time < b.events.time || (a.events.time === b.events.time && order.get(a)! < order.get(b)!);

  function sink(): void {
    const source = heap[0];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], source)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = source;
  }

  function start(): void {
    started = true;
    for (const source of sources) if (source.events.next()) heap.push(source);
    heap.sort((a, b) => (before(a, b) ? -1 : 1));
  }

  function advance(): void {
    if (heap.length === 0) return;
    if (!heap[0].events.next()) {
      const last = heap.pop()!;
      if (heap.length === 0) return;
      heap[0] = last;
    }
    sink();
  }

  return () => {
    if (started) advance();
    else start();
    return heap[0];
  };
}
