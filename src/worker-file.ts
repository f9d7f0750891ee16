/** The built file of an entry in `workers/`, by its name; the bundle keeps its own beside itself. */
export const workerFile = (file: string): URL => new URL(`../workers/${file}`, import.meta.url);

/** The same for Piscina, by its name without ending: see `workers/replay.cts`. */
export const piscinaFile = (name: string): URL => workerFile(`${name}.cjs`);
