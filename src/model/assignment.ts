import type { SwitchConfig } from "../configs/resolve.js";
import type { Policy } from "../policies/policy.js";

/** A policy with the configuration that holds for it. */
export interface Assignment {
  readonly policy: Policy;
  readonly config: SwitchConfig;
}
