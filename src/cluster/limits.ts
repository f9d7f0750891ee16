/** Milliseconds that a thread may take for so much work: the slowest machine looks at a million windows a second. */
export const shardTimeout = (work: number): number => 60_000 + work / 1000;

/** Waits for work, and not long: a Redis that is gone does not answer. */
export async function limited(work: Promise<unknown>, milliseconds = 5_000): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
  await Promise.race([work.catch(() => undefined), late]);
}
