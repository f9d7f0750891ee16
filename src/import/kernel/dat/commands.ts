import { type Cursor, textOf } from "./cursor.js";

/** The kernel saves 128 names unless it is told otherwise, and at most one a thread (PID_MAX_LIMIT, 4 million). */
const mostText = 64 << 20;

/** A thread's name has up to 15 bytes (TASK_COMM_LEN), a kernel worker's up to 64. */
const mostName = 64;

/** The names of threads by their number, of `saved_cmdlines`: lines of a number, a space and a name. */
export function readCommands(cursor: Cursor): Map<number, string> {
  const size = cursor.u64();
  if (size > mostText) throw cursor.damaged(`command lines of ${size} bytes`);
  const commands = new Map<number, string>();
  for (const [, pid, name] of textOf(cursor.bytes(size)).matchAll(/^(\d+) ([^\n]*)$/gm)) {
    commands.set(Number(pid), name.slice(0, mostName));
  }
  return commands;
}
