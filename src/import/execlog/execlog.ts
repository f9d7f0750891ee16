import type { Importer } from "../importer.js";
import { createLine, readLine } from "./line.js";

const newline = 0x0a;

/** How many of the first lines are instructions of the plugin, those aside that are empty. */
function detect(start: Uint8Array): number {
  const line = createLine();
  let like = 0;
  let others = 0;
  for (let from = 0; from < start.length;) {
    const end = start.indexOf(newline, from);
    // The last may be cut.
    if (end < 0 && like + others > 0) break;
    const to = end < 0 ? start.length : end;
    if (to - from > 1) {
      if (readLine(start, from, to, line)) like++;
      else others++;
    }
    from = to + 1;
  }
  return like === 0 ? 0 : like / (like + others);
}

/** What QEMU's plugin `execlog` prints: every executed instruction, or those that a filter chose. */
export const execlog: Importer = {
  id: "execlog",
  title: "text of QEMU's execlog plugin",
  detect,
  // Loaded here: other recordings do without.
  read: async (recording, writer, options) =>
    (await import("./read-execlog.js")).readExeclog(recording, writer, options),
};
