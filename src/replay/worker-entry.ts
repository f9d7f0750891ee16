import { piscinaFile } from "../worker-file.js";

/** The module that workers of a replay run. */
let entry = piscinaFile("replay");

export const workerEntry = (): URL => entry;

/** For tests of what happens when workers fail: nothing that a user can say leads here. */
export function replaceWorkerEntry(other: URL): void {
  entry = other;
}
