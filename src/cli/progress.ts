/** A line on a terminal that says how far the work is; silent where standard error is none. */
export interface Progress {
  readonly update: (done: number, total: number | undefined) => void;
  /** Takes the line away. */
  readonly end: () => void;
}

const width = 24;
/** Milliseconds between two drawings. */
const interval = 100;

export function createProgress(what: string, enabled: boolean): Progress {
  if (!enabled || !process.stderr.isTTY || process.env["TERM"] === "dumb") {
    return { update: () => undefined, end: () => undefined };
  }
  let drawn = 0;
  return {
    update(done, total) {
      const now = performance.now();
      if (now - drawn < interval) return;
      drawn = now;
      const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
      const bar =
        share === undefined
          ? `${(done / 1e6).toFixed(0)} MB`
          : `[${"#".repeat(Math.round(share * width)).padEnd(width)}] ${Math.floor(share * 100)} %`;
      process.stderr.write(`\r${what} ${bar}\u001b[K`);
    },
    end() {
      if (drawn > 0) process.stderr.write("\r\u001b[K");
    },
  };
}
