import type { Nesting } from "../prices/profile.js";

/** What a row is about: a policy on a trace, under a configuration, at the prices of a profile. */
export interface Priced {
  readonly trace: string;
  readonly mode: string;
  readonly kernel: string;
  readonly nesting: Nesting;
  readonly profile: string;
  readonly unit: string;
  readonly policy: string;
}
