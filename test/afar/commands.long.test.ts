/** Every command that reads traces, of a URL. */

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runTrapline, temporaryFolder } from "../cli/program.js";
import type { RangeServer } from "./range-server.js";
import { serveTrace } from "./served-trace.js";

const folder = temporaryFolder();
let trace = "";
let server: RangeServer;
let secret = "";
let shown = "";

beforeAll(async () => {
  ({ trace, server, secret, shown } = await serveTrace(folder));
});
afterAll(() => server.stop());

const commands: readonly (readonly string[])[] = [
  ["replay", "TRACE", "--json"],
  ["replay", "TRACE", "--format", "csv", "--by", "vcpu"],
  ["replay", "TRACE", "--interval", "1000000w", "--json"],
  ["replay", "TRACE", "--verify", "--json"],
  ["replay", "TRACE", "--on-corrupt", "skip", "--json"],
  ["replay", "TRACE", "--keep-going", "-p", "eager,oracle", "--json"],
  ["inspect", "TRACE"],
  ["inspect", "TRACE", "--json"],
  ["verdict", "TRACE", "--json"],
  ["advise", "TRACE", "--json"],
  ["sweep", "TRACE", "--json"],
  ["validate", "TRACE", "--json"],
  ["export", "TRACE", "--format", "csv", "--table", "windows"],
  ["report", "TRACE", "--samples", "200"],
];

it("gives what it gives of a file, under a name without what opens it", async () => {
  const temporary = join(folder, "commands");
  mkdirSync(temporary);
  const env = { TMPDIR: temporary };
  for (const words of commands) {
    const run = (name: string): ReturnType<typeof runTrapline> =>
      runTrapline(
        words.map((word) => (word === "TRACE" ? name : word)),
        { env },
      );
    const [here, there] = [await run(trace), await run(secret)];
    // The status is what the trace says of a policy.
    expect([words, there.status, there.stderr]).toEqual([
      words,
      here.status,
      here.stderr.replaceAll(trace, shown),
    ]);
    const names = [here.stdout.replaceAll(trace, shown), there.stdout].map((text) =>
      text.replaceAll(/ {2,}/g, "  ").replaceAll(/-{2,}/g, "--"),
    );
    expect([words, names[1]]).toEqual([words, names[0]]);
    expect(there.stdout).not.toContain("s3cr3t");
  }
  expect(readdirSync(temporary)).toEqual([]);
});
