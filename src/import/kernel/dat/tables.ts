import type { TraplineError } from "../../../errors.js";
import type { Bytes } from "./bytes.js";
import type { Formats } from "./formats.js";
import { unsupported } from "./head.js";
import type { CpuRange, Options } from "./options.js";
import type { PageFormat } from "./page-format.js";

/** What a trace.dat of either version says of itself and of its ring buffers. */
export interface Tables {
  readonly page: PageFormat;
  readonly formats: Formats;
  /** Names of threads. */
  readonly commands: ReadonlyMap<number, string>;
  readonly options: Options;
  readonly instances: readonly Instance[];
}

/** One instance of the tracer with its ring buffers, the top one first. */
export interface Instance {
  readonly name: string;
  readonly clock: string;
  readonly pageSize: number;
  readonly compressed: boolean;
  readonly cpus: readonly CpuRange[];
}

/** trace-cmd's default, and the kernel's. */
export const defaultClock = "local";

export function noBuffers(file: Bytes): TraplineError {
  return unsupported(
    file,
    "it holds text of a tracer and no ring buffers",
    "Print it with trace-cmd report, and import that text",
  );
}
