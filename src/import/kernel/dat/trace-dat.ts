import type { Importer } from "../../importer.js";
import { isDat } from "./magic.js";

/** The file of `trace-cmd record`: a host kernel's ring buffers as they are. */
export const traceDat: Importer = {
  id: "trace-dat",
  title: "trace.dat of trace-cmd (versions 6 and 7)",
  together: true,
  detect: (start) => (isDat(start) ? 1 : 0),
  // Loaded here: other recordings do without.
  read: async (recording, writer, options) =>
    (await import("./read-dat.js")).readDat(recording, writer, options),
};
