import { Worker } from "node:worker_threads";
import { TraplineError, errorFromRecord, messageOf } from "../../../errors.js";
import { workerFile } from "../../../worker-file.js";
import type { ThreadData, ThreadMessage } from "./thread.js";

/** Threads that help with the parts of one text. */
export interface Helpers {
  /** Resolves when one of them tells that a part is ready. @throws TraplineError "worker" if one has died, "input" if it cannot read. */
  arrival(): Promise<void>;
  /** Ends them. */
  stop(): Promise<void>;
}

/**
 * Starts helping threads. Not in the pool of `replay/pool.ts`: there are no tasks to hand out and no answers to
 * hand back, only memory that is shared; and to load Piscina and to start its first thread takes three times as
 * long as to start a thread, which at the speed of an import is as much as 30 MB of text.
 */
export function startHelpers(count: number, data: ThreadData): Helpers {
  let arrived = (): void => undefined;
  let failed = (_error: TraplineError): void => undefined;
  let failure: TraplineError | undefined;
  let stopping = false;
  const fail = (error: TraplineError): void => {
    if (stopping) return;
    failure ??= error;
    failed(failure);
  };
  const died = (what: string): void => fail(new TraplineError("worker", `a worker failed: ${what}`));
  const workers = Array.from({ length: count }, () => {
    const worker = new Worker(workerFile("parts.js"), { workerData: data });
    worker.on("message", (message: ThreadMessage) => {
      if ("error" in message) fail(errorFromRecord(message.error));
      else arrived();
    });
    worker.on("messageerror", (error) => died(messageOf(error)));
    worker.on("error", (error) => died(messageOf(error)));
    worker.on("exit", (status) => died(`it ended with status ${status}`));
    return worker;
  });
  return {
    arrival: () =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) reject(failure);
        arrived = resolve;
        failed = reject;
      }),
    async stop() {
      stopping = true;
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
