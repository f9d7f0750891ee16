import { keyRegisters } from "../registers/table-keys.js";
import type { Group } from "./policy.js";

/**
 * Whether a group is the keys of pointer authentication as KVM switched them up to v6.9: all together, at guest
 * entries and exits, from the trap of their first use until they are armed again. The host's keys then go with the
 * guest's: the trap saves them, and exits bring them back as long as they save the guest's. The replay, which counts
 * the host's by itself, leaves them as eager does; prices take them as they went (see `verdict/key-counts.ts`).
 */
export const hasLazyKeys = ({ registers, trap, save, restore }: Group): boolean =>
  trap === "first-access" &&
  save === "open" &&
  restore === "open" &&
  registers.length === keyRegisters.length &&
  keyRegisters.every(({ name }) => registers.includes(name));
