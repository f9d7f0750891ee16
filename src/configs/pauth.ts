import type { Capabilities } from "../trace/capabilities.js";
import type { SwitchConfig } from "./resolve.js";

/**
 * Whether the guests have pointer authentication, whose keys each trap switches on its way to EL2 and back
 * (asm/kvm_ptrauth.h): features say so, those of a recorded kernel's registers or those that were named; or a model
 * says when the guest uses it.
 */
export const hasPauth = (
  { features }: Pick<SwitchConfig, "features">,
  { pauthUse }: Pick<Capabilities, "pauthUse">,
): boolean => features.includes("PAUTH") || pauthUse === "modelled";

/** What a verdict says where nobody saw whether the guests have it, and no features were named that do. */
export const noPauthNote =
  "No trap switches keys of pointer authentication: the VM's features do not have it. Where it has, name PAUTH among --features: each trap then costs a key switch more.";
