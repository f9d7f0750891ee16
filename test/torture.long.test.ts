/** A little of `npm run torture`: each kind of fault, a few times. */

import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeSynthetic } from "../bench/synthetic.js";
import { disks, hopeless, kills, pipes, signals, tornWrites, workers } from "./torture/cases.js";
import { createWorld, type World } from "./torture/world.js";

let world: World;
beforeAll(async () => {
  world = await createWorld(11, (folder) => {
    for (const [at, name] of ["a", "b"].entries()) {
      writeSynthetic(join(folder, `${name}.trl`), {
        seed: at,
        events: 20_000,
        vcpus: 2,
        length: 8,
        writes: 2,
        distinct: 0,
      });
    }
  });
}, 60_000);
afterAll(() => world.remove());

const cases = { kills, tornWrites, signals, workers, hopeless, pipes, disks };
const runs: Readonly<Record<string, number>> = {
  kills: 6,
  tornWrites: 4,
  signals: 4,
  workers: 1,
  hopeless: 1,
  pipes: 2,
  disks: 1,
};

for (const [name, run] of Object.entries(cases)) {
  it(`loses nothing: ${name}`, async () => {
    const { lost, note, faults } = await run(world, runs[name]);
    expect({ lost, note }).toMatchObject({ lost: 0 });
    expect(faults).toBeGreaterThanOrEqual(note.startsWith("not run") ? 0 : 1);
  });
}
