/** What `replay` compares when nobody asks for anything else. */
export const defaultPolicies: readonly string[] = ["eager", "dirty-pie", "dirty-each"];
