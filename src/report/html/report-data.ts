import type { Profile } from "../../prices/profile.js";
import type { PolicyResult, ReplayResult, TraceResult } from "../../replay/result.js";
import type { ValidateResult } from "../../replay/validate.js";
import type { VerdictResult } from "../verdict.js";
import type { TraceExits } from "./charts/exits.js";
import type { TraceExitTimes } from "./exit-times-section.js";
import type { Timeline } from "./timeline/collect.js";

/** What a report reads of a replay. */
export interface ShownReplay extends Pick<ReplayResult, "config" | "notes"> {
  readonly policies: readonly Pick<PolicyResult, "policy" | "totals" | "change" | "registers">[];
  readonly traces: readonly Pick<TraceResult, "path" | "windows" | "modelled">[];
}

/** What a report shows. A part that its inputs do not give is left out, and `missing` says why. */
export interface ReportData {
  readonly tool: string;
  readonly verdict: Omit<VerdictResult, "schema" | "tool"> | undefined;
  /** One for each trace, or as the results were given. */
  readonly replays: readonly ShownReplay[];
  readonly timelines: readonly Timeline[];
  readonly validations: readonly ValidateResult[];
  readonly exits: readonly TraceExits[];
  readonly exitTimes: readonly TraceExitTimes[];
  readonly provenance: Provenance;
  /** Sections that are not there, by heading, and why. */
  readonly missing: readonly { readonly section: string; readonly why: string }[];
}

export interface Provenance {
  readonly files: readonly InputFile[];
  readonly traces: readonly TraceSource[];
  readonly profiles: readonly Profile[];
  /** What could not be answered, and why. */
  readonly refused: readonly { readonly what: string; readonly why: string }[];
}

export interface InputFile {
  readonly name: string;
  readonly what: string;
  /** Null for standard input, which nobody reads twice. */
  readonly bytes: number | null;
  readonly sha256: string | null;
}

/** Where the events of a trace come from. */
export interface TraceSource {
  readonly trace: string;
  /** Names and values, as `inspect` has them. */
  readonly about: readonly (readonly [name: string, value: string])[];
  /** What it did not observe. */
  readonly unseen: readonly string[];
  readonly modelled?: string;
}
