import type { Importer } from "../importer.js";
import { detectTarmac } from "./detect.js";

/** Tarmac: the instruction log of Arm's models, of gem5, and of emulators that write the same form. */
export const tarmac: Importer = {
  id: "tarmac",
  title: "Tarmac text (Fast Models, Cycle Models, gem5)",
  detect: detectTarmac,
  // Loaded here: other recordings do without.
  read: async (recording, writer, options) =>
    (await import("./read-tarmac.js")).readTarmac(recording, writer, options),
};
