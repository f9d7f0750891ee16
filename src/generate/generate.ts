import { TraplineError } from "../errors.js";
import { syntheticFields } from "../trace/synthetic.js";
import type { TraceHeader } from "../trace/header.js";
import { createTraceWriter, type WriterOptions } from "../trace/writer.js";
import type { GuestModel, Size } from "./model.js";
import { schedule, type Written } from "./schedule.js";

export interface GenerateOptions extends WriterOptions {
  readonly seed: number;
  readonly size?: Size;
  readonly signal?: AbortSignal;
  /** Called now and then with what there is so far. */
  readonly onProgress?: (done: Written) => void;
}

/**
 * Writes the trace of a guest that no machine ran. The same model, seed and size give the same bytes with the same
 * zlib. What is in memory does not grow with the trace, but for 50 bytes or so of index for each 65,536 events. The
 * header says that it is synthetic. Throws TraplineError "usage" for a bad seed, "interrupted", and as the writer.
 */
export async function generateTrace(
  path: string,
  model: GuestModel,
  { seed, size = {}, signal, onProgress, ...writing }: GenerateOptions,
): Promise<TraceHeader> {
  const writer = createTraceWriter(path, writing);
  try {
    for (const encoding of model.registers) writer.register(encoding);
    for (const done of schedule(writer, model, seed, size)) {
      onProgress?.(done);
      // A signal is heard only while nothing runs.
      await new Promise(setImmediate);
      if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
    }
    const { name, from, clock, mode, capabilities, recorded, vcpuCount, pcpuCount } = model;
    return writer.finish({
      // Not the file's name: the same guest is the same trace, wherever it is written.
      ...syntheticFields(name, { model: name, seed, from }),
      clock,
      mode,
      capabilities,
      recorded,
      vcpus: Array.from({ length: vcpuCount }, (_, vcpu) => ({ vm: 1, mpidr: 0x8000_0000 + vcpu })),
      pcpus: Array.from({ length: pcpuCount }, (_, pcpu) => pcpu),
    });
  } finally {
    writer.abort();
  }
}
