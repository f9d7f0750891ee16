import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { replayValues } from "#src/replay/values/replay-values.js";
import { explore } from "#src/verify/explore.js";
import { shortestOf } from "#src/verify/shortest.js";
import { writeCounterexample } from "#src/verify/trace.js";
import { variantOf } from "#src/verify/variant.js";
import { whatIfNamed } from "#src/verify/what-if.js";
import { temporaryFolder } from "../cli/program.js";
import { policyNamed, worlds, type Mode } from "./support.js";

const folder = temporaryFolder();
const one = (words: string): string => `name: mine\ngroups:\n  - registers: [PIR_EL1]\n${words}`;

describe("the trace of a counterexample", () => {
  it.each<readonly [string, Mode, string | undefined, string]>([
    [one("    host: dirty-once\n"), "nvhe", "host-writes", "host PIR_EL1"],
    [one("    host: dirty-once\n"), "nvhe", "host-starts-clean", "host PIR_EL1"],
    [one(""), "vhe", "emulation-unmarked", "lost PIR_EL1"],
    [one(""), "vhe", "emulation-memory", "stale PIR_EL1"],
    [one(""), "vhe", "hardware-writes", "lost PIR_EL1"],
    [one(""), "nvhe", "hardware-writes", "lost PIR_EL1"],
    ["dirty-pie", "vhe", "marks-written", "lost PIRE0_EL1"],
    ["dirty-pie", "vhe", "claims-any", "hang PIR_EL1"],
    [one("").replace("PIR_EL1", "ELR_EL1"), "vhe", undefined, "lost ELR_EL1"],
    [one("    restore: never\n"), "nvhe", undefined, "stale PIR_EL1"],
  ])("loses in a replay what it lost (%#)", async (policy, mode, whatIf, loss) => {
    const found = worlds(policy, mode, whatIf).map((world) => ({ world, exploration: explore(world) }));
    const { world, finding } = shortestOf({ worlds: found })!;
    const path = join(folder, `${mode}-${whatIf}-${loss.replace(" ", "-")}.trl`);
    const events = writeCounterexample(path, world, finding, "counterexample");
    const whole = whatIf === undefined ? undefined : whatIfNamed(whatIf);
    const { header, policies } = await replayValues(
      path,
      [policyNamed(policy)],
      {},
      {
        vary: (own) => variantOf(own, whole, false)?.policy ?? own,
      },
    );
    expect(header.events).toBe(events);
    expect(header.mode).toBe(mode);
    const [{ losses }] = policies;
    expect(losses.map(({ kind, register }) => `${kind} ${register}`)).toContain(loss);
    // What was lost there is right under a policy that saves everything, whoever writes a value's own place.
    const plain = await replayValues(path, [policyNamed("eager")], {});
    expect(plain.policies[0].lost).toBe(whatIf === "emulation-memory" ? 1 : 0);
  });
});
