import { setImmediate } from "node:timers/promises";
import type { SwitchConfig } from "../../configs/resolve.js";
import { TraplineError } from "../../errors.js";
import type { Policy, PolicyDefinition } from "../../policies/policy.js";
import { traceEvents } from "../../trace/events.js";
import type { TraceHeader } from "../../trace/header.js";
import { openTrace } from "../../trace/reader.js";
import { assign, type ConfigChoice } from "../config.js";
import { namingOf } from "../prepare.js";
import { createValueCarrier } from "./carry-values.js";
import type { Loss } from "./loss.js";

/** What a policy did to the values of a recording. */
export interface PolicyValues {
  readonly policy: Policy;
  /** Comparisons in which both values were known. */
  readonly checked: number;
  readonly lost: number;
  /** By register, kind and context, in the order in which they were first found. */
  readonly registers: readonly { readonly count: number; readonly first: Loss }[];
  /** The first of them, in order. */
  readonly losses: readonly Loss[];
}

export interface TraceValues {
  readonly path: string;
  readonly header: TraceHeader;
  readonly config: SwitchConfig;
  readonly policies: readonly PolicyValues[];
  /** Values that changed without an event that says so, by register. */
  readonly unseen: ReadonlyMap<string, number>;
}

export interface ValueOptions {
  /** Changes policies as a what-if says. */
  readonly vary?: (policy: Policy) => Policy;
  /** Losses of a policy that are kept as such; all are counted. */
  readonly keep?: number;
  readonly signal?: AbortSignal;
  /** Called now and then with events done and events in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

const pauseEvents = 1 << 15;

/** Takes the values of a recording along under each policy, sound or not, in one pass. */
export async function replayValues(
  path: string,
  definitions: readonly PolicyDefinition[],
  choice: ConfigChoice,
  { vary = (policy) => policy, keep = 100, signal, onProgress }: ValueOptions = {},
): Promise<TraceValues> {
  const trace = openTrace(path);
  try {
    const { header } = trace;
    const varied = definitions.map((definition): PolicyDefinition => {
      if (definition.oracle === undefined)
        return { ...definition, build: (config) => vary(definition.build(config)) };
      throw new TraplineError("usage", `${definition.name} knows the future, which no hypervisor does`);
    });
    if (!header.capabilities.values) {
      throw new TraplineError(
        "unsupported",
        "the trace has no values of registers to carry along",
        { file: path },
        "Leave --verify out, or record again with values",
      );
    }
    const { config, assignments } = assign(header, varied, choice, path, () => undefined);
    const naming = namingOf(header);
    const running = assignments.map((assignment) => {
      const losses: Loss[] = [];
      const registers = new Map<string, { count: number; first: Loss }>();
      let lost = 0;
      const carrier = createValueCarrier(naming, assignment.policy, assignment.config, (loss) => {
        lost++;
        if (losses.length < keep) losses.push(loss);
        const key = `${loss.kind} ${loss.register}`;
        const known = registers.get(key);
        if (known === undefined) registers.set(key, { count: 1, first: loss });
        else known.count++;
      });
      const result = (): PolicyValues => ({
        policy: assignment.policy,
        checked: carrier.checked(),
        lost,
        registers: [...registers.values()],
        losses,
      });
      return { carrier, result };
    });
    let done = 0;
    for (const event of traceEvents(trace)) {
      for (const { carrier } of running) carrier.step(event);
      if (++done % pauseEvents !== 0) continue;
      onProgress?.(done, header.events);
      await setImmediate();
      if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
    }
    for (const { carrier } of running) carrier.finish();
    const unseen = running[0]?.carrier.unseen() ?? new Map<string, number>();
    return { path, header, config, policies: running.map(({ result }) => result()), unseen };
  } finally {
    trace.close();
  }
}
