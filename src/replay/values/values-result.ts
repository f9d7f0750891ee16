import { lossKinds, type Loss, type LossKind } from "./loss.js";
import type { TraceValues } from "./replay-values.js";

/** A loss with the host's own words: clock, CPU. */
type LossRow = Loss & { readonly count: number };

/** What `trapline replay --verify --json` prints. */
export interface ValuesResult {
  readonly schema: "trapline.replay-verify/1";
  readonly tool: string;
  /** Whether no policy loses a value on any of the traces. */
  readonly kept: boolean;
  readonly kinds: Readonly<Record<LossKind, string>>;
  readonly traces: readonly {
    readonly trace: string;
    readonly clock: string;
    readonly mode: string;
    readonly kernel: string;
    readonly policies: readonly {
      readonly policy: string;
      readonly mode: string;
      /** Comparisons in which both values were known. */
      readonly checked: number;
      readonly lost: number;
      /** The first of each register and kind, and how many there are. */
      readonly registers: readonly LossRow[];
      /** The first of all, in order; `lost` says how many there are. */
      readonly losses: readonly Loss[];
    }[];
    /** Values that changed without an event that says so: hardware's, the hypervisor's. */
    readonly changedUnseen: Readonly<Record<string, number>>;
  }[];
}

export function makeValuesResult(traces: readonly TraceValues[], tool: string): ValuesResult {
  return {
    schema: "trapline.replay-verify/1",
    tool,
    kept: traces.every(({ policies }) => policies.every(({ lost }) => lost === 0)),
    kinds: lossKinds,
    traces: traces.map(({ path, header, config, policies, unseen }) => ({
      trace: path,
      clock: header.clock.unit,
      mode: config.mode,
      kernel: config.kernel,
      policies: policies.map(({ policy, checked, lost, registers, losses }) => ({
        policy: policy.name,
        mode: policy.mode ?? config.mode,
        checked,
        lost,
        registers: registers.map(({ count, first }) => ({ ...first, count })),
        losses,
      })),
      changedUnseen: Object.fromEntries(unseen),
    })),
  };
}
