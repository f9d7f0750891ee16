import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "#src/package-root.js";
import { writeSynthetic } from "../../bench/synthetic.js";

/** Medians of local runs of one build. */
export interface StartUp {
  readonly what: string;
  readonly milliseconds: number;
  /** Resident, at its peak. */
  readonly megabytes: number;
}

/** Says at a program's end what it took at its peak, in kilobytes, on a line of its own. */
const peakHook = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => process.stderr.write("peak " + process.resourceUsage().maxRSS + "\\n"))',
)}`;

/** Runs commands of two builds in turn: a folder of a checkout that is built, and this one. */
export function measureStartUp(before: string, times: number): StartUp[] {
  const folder = mkdtempSync(join(tmpdir(), "trapline-start-"));
  const trace = join(folder, "a.trl");
  try {
    writeSynthetic(trace, { seed: 1, events: 60_000, vcpus: 2, length: 8, writes: 2, distinct: 90 });
    const asked = [
      ["in this thread", ["replay", trace, "--json"]],
      ["on two threads", ["replay", trace, "--json", "-j", "2", "--shard-timeout", "600"]],
    ] as const;
    return asked.flatMap(([what, words]) => {
      const builds = [before, fileURLToPath(packageRoot)].map((root) => ({
        program: join(root, "dist/bundle/bin/trapline.js"),
        milliseconds: [] as number[],
        megabytes: [] as number[],
      }));
      for (let time = 0; time < times; time++) {
        for (const { program, milliseconds, megabytes } of builds) {
          const begun = performance.now();
          const { stderr, status } = spawnSync(process.execPath, ["--import", peakHook, program, ...words], {
            encoding: "utf8",
          });
          const peak = /^peak (\d+)$/m.exec(stderr);
          if (status !== 0 || peak === null) throw new Error(stderr);
          milliseconds.push(performance.now() - begun);
          megabytes.push(Number(peak[1]) / 1024);
        }
      }
      return builds.map(({ milliseconds, megabytes }, at) => ({
        what: `${what}, ${at === 0 ? "before" : "now"}`,
        milliseconds: median(milliseconds),
        megabytes: median(megabytes),
      }));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
