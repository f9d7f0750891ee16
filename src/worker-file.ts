/** The built file of an entry in `workers/`, by its name without ending; the bundle keeps its own beside itself. */
export const workerFile = (name: string): URL => new URL(`../workers/${name}.js`, import.meta.url);
