import { afterEach, describe, expect, it, vi } from "vitest";
import { createProgress } from "#src/cli/progress.js";

/** What is written to a standard error that is a terminal, or is none. */
function drawn(
  terminal: boolean,
  enabled: boolean,
  updates: readonly (readonly [number, number?])[],
): string {
  let text = "";
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  vi.stubGlobal("performance", { now: vi.fn<() => number>().mockImplementation(() => (time += 1000)) });
  let time = 0;
  const before = process.stderr.isTTY;
  process.stderr.isTTY = terminal;
  try {
    const progress = createProgress("importing", enabled);
    for (const [done, total] of updates) progress.update(done, total);
    progress.end();
  } finally {
    process.stderr.isTTY = before;
  }
  return text;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

describe("progress", () => {
  it("is a line on a terminal, which goes away", () => {
    vi.stubEnv("TERM", "xterm");
    const text = drawn(true, true, [[50, 200], [3e6]]);
    expect(text).toBe(
      `\rimporting [${"#".repeat(6)}${" ".repeat(18)}] 25 %\u001b[K\rimporting 3 MB\u001b[K\r\u001b[K`,
    );
  });

  it("is nothing elsewhere", () => {
    vi.stubEnv("TERM", "xterm");
    expect(drawn(false, true, [[50, 200]])).toBe("");
    expect(drawn(true, false, [[50, 200]])).toBe("");
    vi.stubEnv("TERM", "dumb");
    expect(drawn(true, true, [[50, 200]])).toBe("");
    vi.stubEnv("TERM", "xterm");
    expect(drawn(true, true, [])).toBe("");
  });
});
