/** The whole table. Its order is the order of every report: switched registers as the kernel saves them, then classes. */

import type { Register } from "./register.js";
import { controlRegisters } from "./table-control.js";
import { debugRegisters } from "./table-debug.js";
import { fpRegisters } from "./table-fp.js";
import { idRegisters } from "./table-id.js";
import { keyRegisters } from "./table-keys.js";
import { maskRegisters, otherRegisters } from "./table-other.js";
import { pmuRegisters } from "./table-pmu.js";
import { switchedRegisters } from "./table-switched.js";
import { timerRegisters } from "./table-timer.js";
import { traceRegisters } from "./table-trace.js";
import { vgicRegisters } from "./table-vgic.js";

/** Names, aliases and encodings occur once each; a test holds that. */
export const registers: readonly Register[] = [
  ...switchedRegisters,
  ...keyRegisters,
  ...fpRegisters,
  ...debugRegisters,
  ...timerRegisters,
  ...vgicRegisters,
  ...pmuRegisters,
  ...controlRegisters,
  ...idRegisters,
  ...otherRegisters,
  ...maskRegisters,
  ...traceRegisters,
];
