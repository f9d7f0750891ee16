import { Kind } from "../../trace/kinds.js";
import type { Trace } from "../../trace/reader.js";
import { wordKind, wordPlace } from "../../trace/word.js";

/** Guest exits of a vCPU in equal parts of the time of its recording. */
export interface VcpuActivity {
  readonly vcpu: string;
  readonly counts: readonly number[];
}

/** A drawing is not worth reading more for: some tenths of a second. */
const mostEvents = 1 << 24;

/** Each exit counts at its own pCPU's time, between that pCPU's first event and its last. None for a long trace. */
export function exitActivity(trace: Trace, parts: number): VcpuActivity[] {
  const { header, blocks } = trace;
  const { vcpus, places, pcpus, events, exits } = header;
  if (events > mostEvents || exits.length === 0) return [];
  const counts = vcpus.map(() => Array.from({ length: parts }, () => 0));
  // One time for all where clocks can be compared.
  const first = pcpus.map((each) =>
    header.clock.perCpu ? each.first : Math.min(...pcpus.map((own) => own.first)),
  );
  const last = pcpus.map((each) =>
    header.clock.perCpu ? each.last : Math.max(...pcpus.map((own) => own.last)),
  );
  const clock = new Float64Array(pcpus.length);
  for (let block = 0; block < blocks.length; block++) {
    const { head, words, times } = trace.columns(block);
    for (const { pcpu, time } of head.bases) clock[pcpu] = time;
    for (let at = 0; at < words.length; at++) {
      const pcpu = places[2 * wordPlace(words[at])];
      clock[pcpu] += times[at];
      const kind = wordKind(words[at]);
      if (kind !== Kind.fullExit && kind !== Kind.fastExit) continue;
      const vcpu = places[2 * wordPlace(words[at]) + 1];
      if (vcpu < 0) continue;
      const share = (clock[pcpu] - first[pcpu]) / Math.max(1, last[pcpu] - first[pcpu]);
      counts[vcpu][Math.min(parts - 1, Math.max(0, Math.floor(share * parts)))]++;
    }
  }
  return vcpus.flatMap(({ vm, mpidr, thread, name }, at) =>
    counts[at].some((count) => count > 0)
      ? [
          {
            vcpu:
              thread === undefined ? `vCPU ${vm}/0x${mpidr.toString(16)}` : `${name ?? "thread"}-${thread}`,
            counts: counts[at],
          },
        ]
      : [],
  );
}
