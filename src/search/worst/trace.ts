import { registerByName } from "../../registers/lookup.js";
import { Kind } from "../../trace/kinds.js";
import { syntheticFields } from "../../trace/synthetic.js";
import { createTraceWriter } from "../../trace/writer.js";
import type { WorstCase } from "./worst-case.js";
import type { WorstGroup, WorstGuest } from "./worst-group.js";
import { pointsBefore, windowPoints } from "./window.js";
import { windowsFor, windowsOf } from "./windows.js";

/**
 * Writes the guest that hurts every group of a policy most as a trace: one vCPU on one pCPU that is loaded, runs
 * and is put once a window, and writes the first register of each group. The header says that it is synthetic, and
 * a replay needs a kernel to be named. Returns the number of windows. Throws as the writer of traces.
 */
export function writeWorstCase(
  path: string,
  { assignment, capabilities, groups }: WorstCase,
  guestOf: (group: WorstGroup) => WorstGuest,
  name: string,
): number {
  const count = windowsFor(groups.map(guestOf));
  const writes = groups.map((group) => ({
    register: registerByName(group.group.registers[0])?.encoding ?? 0,
    windows: windowsOf(group, guestOf(group), count),
  }));
  const writer = createTraceWriter(path);
  try {
    const place = writer.place(0, 0);
    let time = 0;
    // Written values are 0: a guest with its caches off, to whom every policy applies.
    const append = (kind: number, register = 0): void =>
      writer.append(kind, register, place, time++, kind === Kind.guestWrite, 0, 0);
    // What the guest never writes is there all the same.
    for (const register of assignment.policy.groups.flatMap(({ registers }) => registers)) {
      writer.register(registerByName(register)?.encoding ?? 0);
    }
    for (let window = 0; window < count; window++) {
      windowPoints.forEach(({ kind }, number) => {
        if (number === pointsBefore) {
          for (const { register, windows } of writes) {
            for (let write = windows[window]; write > 0; write--) {
              append(Kind.guestWrite, writer.register(register));
            }
          }
        }
        append(kind);
      });
    }
    writer.finish({
      ...syntheticFields(name, { model: `worst-case of ${assignment.policy.name}` }),
      clock: { unit: "ticks", perCpu: false },
      mode: assignment.config.mode,
      capabilities,
      vcpus: [{ vm: 1, mpidr: 0 }],
      pcpus: [0],
      recorded: { guestSave: [], guestRestore: [], hostSave: [], hostRestore: [] },
    });
  } catch (error) {
    writer.abort();
    throw error;
  }
  return count;
}
