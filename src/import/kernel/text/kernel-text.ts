import type { Importer } from "../../importer.js";
import { detectKernelText } from "./detect.js";

/** What a host's own tracing prints of its guests: kvm events and `sched_switch`, in the forms of three printers. */
export const kernelText: Importer = {
  id: "kernel-text",
  title: "kernel tracing text with kvm events (tracefs trace and trace_pipe, trace-cmd report, perf script)",
  detect: detectKernelText,
  // Loaded here: other recordings do without.
  read: async (recording, writer, options) =>
    (await import("./read-text.js")).readKernelText(recording, writer, options),
};
