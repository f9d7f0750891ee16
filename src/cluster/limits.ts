import { TraplineError } from "../errors.js";

/** Waits for work, and not long: a Redis that is gone does not answer. Whether it was done, and went well. */
export async function limited(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(resolve, milliseconds, false).unref());
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]);
}

/** What `work` gives, unless somebody says stop first: a Redis that does not answer cannot be called back. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new TraplineError("interrupted", "interrupted"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => undefined);
  }
}

/** A pause that can be cut short. */
export interface Nap {
  sleep(milliseconds: number): Promise<void>;
  /** Ends the pause, or the next one where there is none. */
  wake(): void;
}

export function createNap(): Nap {
  let isAwake = false;
  let end: (() => void) | undefined;
  return {
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => end?.(), milliseconds);
        end = () => {
          clearTimeout(timer);
          end = undefined;
          isAwake = false;
          resolve();
        };
        if (isAwake) end();
      }),
    wake() {
      isAwake = true;
      end?.();
    },
  };
}
