/** Exits of a model over the committed recording of a guest without a hypervisor. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { layExits } from "#src/modelled/lay.js";
import { exitModel } from "#src/modelled/registry.js";
import type { ReplayResult } from "#src/replay/result.js";
import {
  finished,
  firstLines,
  jsonOf,
  outputOf,
  recording,
  refusal,
  smallCut,
  startTrapline,
  temporaryFolder,
  trapline,
} from "./program.js";

const folder = temporaryFolder();
const bare = join(folder, "bare.trl");
const host = join(folder, "host.tarmac");
const hosted = join(folder, "host.trl");

beforeAll(async () => {
  outputOf(["import", recording("bare/bare-boot.tarmac.gz"), "-o", bare]);
  writeFileSync(host, await firstLines("kvm-vhe.tarmac.zst", smallCut));
  outputOf(["import", host]);
});

const vhe = ["--mode", "vhe", "--kernel", "6.18"];
const every = ["--exits", "every=100000", ...vhe];
const replay = (...args: readonly string[]): ReplayResult => {
  const found: ReplayResult = JSON.parse(outputOf(["replay", ...args, "--json"]));
  return found;
};

describe("--exits", () => {
  it("lays a model over a trace, and over a recording all the same", () => {
    const [trace, text] = [bare, recording("bare/bare-boot.tarmac.gz")].map((file) => replay(file, ...every));
    const units = trace.traces[0];
    expect(units).toMatchObject({ path: bare, modelled: "exits every=100000,put=3" });
    expect(units.runs).toBe(units.guestExits);
    expect({ ...text.traces[0], path: bare }).toEqual(units);
    expect(text.policies).toEqual(trace.policies);
    // On VHE there is one window a put: one for each third exit but the last one, and that.
    expect([units.vcpus, units.windows]).toEqual([1, Math.floor((units.runs - 1) / 3) + 1]);
  });

  it("does not depend on the number of threads, and on the seed alone", () => {
    const poisson = (...more: readonly string[]): ReplayResult["policies"] =>
      replay(bare, "--exits", "poisson=90000", ...vhe, ...more).policies;
    expect(poisson("-j", "1")).toEqual(poisson("-j", "3"));
    expect(poisson("--seed", "2")).not.toEqual(poisson("--seed", "1"));
  });

  it("takes those of a recording, with its mode and its kernel's lists", () => {
    const [trace, text] = [hosted, host].map((other) => replay(bare, "--exits", `from=${other}`));
    expect(trace.config).toMatchObject({ mode: "vhe", kernel: "recorded" });
    expect(trace.traces[0].modelled).toMatch(/^exits from=host\.trl \(\d+-[\da-f]{8}\)$/);
    expect(text.traces[0].modelled).toMatch(/^exits from=host\.tarmac \(/);
    expect(text.policies).toEqual(trace.policies);
    const registers = (result: ReplayResult): string[] =>
      result.policies[0].registers.map((row) => row.register);
    expect(registers(trace)).toEqual(registers(replay(hosted)));
  });

  it("is said by every command that answers with it", () => {
    const plain = ["--resamples", "0"];
    const said = /modelled: exits every=100000,put=3\b/;
    for (const command of [
      ["replay", bare, ...every],
      ["replay", bare, ...every, "--format", "markdown"],
      ["verdict", bare, ...every, ...plain],
      ["verdict", bare, ...every, ...plain, "--format", "markdown"],
      ["advise", bare, ...every],
      ["sweep", bare, ...every],
      ["inspect", bare, "--exits", "every=100000"],
    ]) {
      expect(outputOf(command)).toMatch(said);
    }
    for (const command of ["replay", "verdict", "advise", "sweep"]) {
      const own = command === "verdict" ? plain : [];
      const [head, ...rows] = outputOf([command, bare, ...every, ...own, "--format", "csv"])
        .trimEnd()
        .split("\n");
      expect(head).toMatch(/,modelled$/);
      expect(rows.filter((row) => !row.endsWith(',"exits every=100000,put=3"'))).toEqual([]);
      const json = outputOf([command, bare, ...every, ...own, "--json"]);
      expect(json).toContain('"modelled":"exits every=100000,put=3"');
    }
    expect(jsonOf(["inspect", bare, "--exits", "every=100000", "--json"])).toMatchObject({
      traces: [{ path: bare, modelled: [{ part: "exits", model: "every=100000,put=3" }] }],
    });
    expect(outputOf(["verdict", bare, ...every, ...plain])).toContain(
      "On this recording under modelled exits every=",
    );
  });

  it("goes with the policy that advise writes", () => {
    const policy = join(folder, "advised.yaml");
    outputOf(["advise", bare, ...every, "--policy-out", policy]);
    expect(readFileSync(policy, "utf8").replace(/\s+/g, " ")).toContain("modelled: exits every=100000,put=3");
  });

  it("may be laid once and for all: the trace has the mark, and keeps it over plan, parts and merge", async () => {
    const laid = join(folder, "laid.trl");
    await layExits(bare, laid, exitModel("every=100000", 1));
    const [plan, part] = [join(folder, "plan.json"), join(folder, "part.json")];
    outputOf(["plan", laid, ...vhe, "-o", plan]);
    outputOf(["replay", "--plan", plan, "--shard", "1/1", "-o", part]);
    const merged = outputOf(["merge", part, "--json"]);
    expect(merged).toBe(outputOf(["replay", laid, ...vhe, "--json"]));
    expect(merged).toContain('"modelled":"exits every=100000,put=3"');
    expect(JSON.parse(merged).policies).toEqual(replay(bare, ...every).policies);
    expect(trapline(["validate", laid])).toEqual(
      refusal(1, /laid\.trl: is modelled \(exits every=100000,put=3\)/),
    );
  });

  it("is refused where it makes no sense", () => {
    const run = (...args: readonly string[]): unknown => trapline(args);
    expect(run("replay", hosted, "--exits", "every=5")).toEqual(
      refusal(1, /host\.trl: already shows what its hypervisor did/),
    );
    expect(run("replay", bare, "--exits", "every=1e6")).toEqual(refusal(1, /--mode vhe or --mode nvhe/));
    expect(run("replay", bare, "--exits", "every=1e6", "--mode", "vhe")).toEqual(refusal(1, /--kernel/));
    expect(run("replay", bare, "--exits", "each=5")).toEqual(refusal(2, /--exits takes every=N/));
    expect(run("replay", bare, "--exits", "from=")).toEqual(refusal(2, /takes a trace or a recording/));
    expect(run("replay", bare, "--exits", "from=no.trl")).toEqual(
      refusal(1, /no\.trl: there is no such file/),
    );
    expect(run("replay", bare, "--exits", `from=${bare}`)).toEqual(refusal(1, /holds no guest entries/));
    expect(run("replay", bare, ...every, "--shard", "1/2")).toEqual(refusal(2, /--shard works on traces/));
    expect(run("replay", "--plan", "p.json", "--exits", "every=5")).toEqual(
      refusal(2, /--exits is in the plan/),
    );
    expect(run("replay", bare, "--exits", `from=${hosted}`, "-o", hosted)).toEqual(
      refusal(1, /would take the place of what is read/),
    );
    expect(run("verdict", bare, "--exits", `from=${hosted}`, "--cost", "recorded")).toEqual(
      refusal(1, /is modelled/),
    );
  });
});

describe.skipIf(process.platform === "win32")("a signal", () => {
  it("while exits are laid leaves nothing", async () => {
    const temporary = join(folder, "tmp");
    mkdirSync(temporary);
    const child = startTrapline(["replay", bare, "--exits", "every=3", ...vhe], {
      env: { TMPDIR: temporary },
    });
    const end = finished(child);
    const parts = (): string[] =>
      readdirSync(temporary).flatMap((name) => readdirSync(join(temporary, name)).map(String));
    while (!parts().some((name) => name.includes(".part")) && child.exitCode === null) await wait(5);
    child.kill("SIGINT");
    expect(await end).toEqual({ status: 130, stdout: "", stderr: "trapline: interrupted\n" });
    expect(readdirSync(temporary)).toEqual([]);
    expect(existsSync(bare)).toBe(true);
  });
});
