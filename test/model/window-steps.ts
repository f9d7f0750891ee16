import { load, put, run, write, type Step, type Steps } from "./dsl.js";

export const flatten = (steps: Steps): Step[] => ("kind" in steps ? [steps] : steps.flatMap(flatten));

/** One vCPU that loads, runs and is put once a window, and writes a register so many times in it. */
export const windowSteps = (writes: readonly number[], register: string): Step[] =>
  writes.flatMap((times) =>
    flatten([load(0), run(0, ...Array.from({ length: times }, () => write(0, register))), put(0)]),
  );
