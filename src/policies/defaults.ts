/** What `replay` compares when nobody asks for anything else. */
export const defaultPolicies: readonly string[] = ["eager", "dirty-pie", "dirty-each"];

/** At whose prices an oracle chooses where nobody says. */
export const defaultCost = "neoverse-n1";
