import type { Group } from "./policy.js";

/**
 * Whether the trap that opens a group brings the guest's values in: no restore point does it while the group is
 * closed (kvm_hyp_handle_fpsimd; the keys of entry.S after their trap; a debug register's after its exit).
 */
export const bringsIn = ({ restore }: Pick<Group, "restore">): boolean =>
  restore === "open" || restore === "never";

/**
 * Whether reads trap too while the group is closed, and are answered from memory without opening it: MDCR_EL2.TDA
 * traps every access to the debug registers (access_dbg_reg, trap_debug_regs).
 */
export const answersReads = ({ path }: Pick<Group, "path">, registerClass: string): boolean =>
  registerClass === "debug" && path === "full";
