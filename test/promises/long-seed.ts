/** What the environment says of the long suite. */

import { env } from "node:process";

/** How many random traces a test takes. */
export const randomTraces = (count: number): number => Number(env["TRAPLINE_RANDOM_TRACES"] ?? count);

/** Of vitest.config.ts where it is not given: another one each time. Printed before anything can go wrong. */
export const seed = Number(env["TRAPLINE_SEED"]);
console.log(`TRAPLINE_SEED=${seed}`);
