import type { VerdictRow } from "./verdict-row.js";

const nestingText = {
  none: "",
  l2: ", as a guest hypervisor without NV2",
  "l2-nv2": ", as a guest hypervisor with NV2",
} as const;

/** How the host switches, in words. */
export const modeText = ({ mode, nesting }: Pick<VerdictRow, "mode" | "nesting">): string =>
  `${mode === "vhe" ? "VHE" : "nVHE"}${nestingText[nesting]}`;
