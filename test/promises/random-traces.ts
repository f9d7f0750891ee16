/** Recordings and policies by chance, small, and like those of a hypervisor; the same for a seed. */

import { byClass, kernelConfig, type ContextNames, type SwitchConfig } from "#src/configs/resolve.js";
import { defaultAdaptive } from "#src/policies/builtin/adaptive.js";
import { checkPolicy } from "#src/policies/check.js";
import type { Adaptive, Group, Policy } from "#src/policies/policy.js";
import { uniform } from "#src/prices/random.js";
import { Kind } from "#src/trace/kinds.js";
import type { Event } from "../model/dsl.js";

export type Random = ReturnType<typeof createRandom>;

export function createRandom(seed: number) {
  const next = uniform(seed);
  const below = (n: number): number => Math.floor(n * next());
  return {
    below,
    chance: (share: number): boolean => next() < share,
    one: <T>(list: readonly T[]): T => list[below(list.length)],
    some: <T>(list: readonly T[], share: number): T[] => list.filter(() => next() < share),
  };
}

const features = ["TCR2", "S1PIE", "PAUTH"] as const;
const full = { vhe: kernelConfig("vhe", "6.12", features), nvhe: kernelConfig("nvhe", "6.12", features) };

/** A kernel that switches some of the registers, so that a trace is soon interpreted. */
export function randomConfig(random: Random): SwitchConfig {
  const base = random.one([full.vhe, full.nvhe]);
  const kept = new Set(random.some(Object.values(base.lists.guest.restore).flat(), random.one([0.1, 0.3])));
  for (const name of ["PIR_EL1", "PIRE0_EL1", "TCR_EL1", "TCR2_EL1"]) kept.add(name);
  const cut = ({ save, restore }: ContextNames): ContextNames => ({
    save: byClass((each) => save[each].filter((name) => kept.has(name))),
    restore: byClass((each) => restore[each].filter((name) => kept.has(name))),
  });
  return { ...base, lists: { guest: cut(base.lists.guest), host: cut(base.lists.host) } };
}

/** vCPUs that are loaded, run, write and are put, on pCPUs that take turns event by event. */
export function randomEvents(
  random: Random,
  registers: readonly string[],
  vcpus: number,
  pcpus: number,
): Event[] {
  const events: Event[] = [];
  const rates = registers.map(() => random.one([0, 0, 0.02, 0.3, 0.9]));
  const free = new Set(Array.from({ length: vcpus }, (_, vcpu) => vcpu));
  const moves = random.one([0, 0.2, 1]);
  const last: number[] = [];
  const script = function* (pcpu: number): Generator<void> {
    for (;;) {
      const own = [...free].filter(
        (each) => last[each] === undefined || last[each] === pcpu || random.chance(moves),
      );
      if (own.length === 0) {
        yield;
        continue;
      }
      const vcpu = random.one(own);
      free.delete(vcpu);
      last[vcpu] = pcpu;
      const add = (kind: number, register = 0): void => {
        const place = pcpu * vcpus + vcpu;
        events.push({ kind, register, place, hasValue: kind === Kind.guestWrite, lo: random.below(8) });
      };
      add(Kind.load);
      yield;
      for (let runs = random.below(4); runs > 0; runs--) {
        add(Kind.runStart);
        for (let entries = random.below(3); entries > 0; entries--) {
          add(Kind.entry);
          yield;
          for (const [register, rate] of rates.entries()) {
            if (!random.chance(rate)) continue;
            add(
              random.one([Kind.guestWrite, Kind.guestWrite, Kind.guestRead, Kind.emulatedWrite]),
              register + 1,
            );
          }
          add(entries === 1 ? Kind.fullExit : Kind.fastExit);
        }
        yield;
        add(Kind.runEnd);
      }
      add(Kind.put);
      free.add(vcpu);
      yield;
    }
  };
  const scripts = Array.from({ length: pcpus }, (_, pcpu) => script(pcpu));
  for (let turns = 10 + random.below(60); turns > 0; turns--) random.one(scripts).next();
  const from = random.chance(0.3) ? random.below(events.length) : 0;
  return events.slice(from, events.length - (random.chance(0.5) ? random.below(5) : 0));
}

const words = {
  trap: ["first-write", "first-write", "first-write", "first-access", "every-write", "nothing"],
  save: ["dirty", "dirty", "dirty", "always", "open", "never"],
  restore: ["always", "always", "foreign", "open", "never"],
  arm: ["arming-point", "arming-point", "load", "run", "after-save", "until-caches-on"],
  host: ["eager", "eager", "dirty-once"],
  path: ["fast", "full"],
} as const;

const randomAdaptive = (random: Random): Adaptive => {
  if (random.chance(0.1)) return defaultAdaptive;
  const traps = 1 + random.below(3);
  return { traps, windows: traps + random.below(4), eager: 1 + random.below(6) };
};

export function isSound(policy: Policy, config: SwitchConfig): boolean {
  try {
    checkPolicy(policy, config);
    return true;
  } catch {
    return false;
  }
}

/** A policy as a user might write it: of each group only what is sound. */
export function randomPolicy(random: Random, config: SwitchConfig): Policy {
  const groups: Group[] = [];
  const left = Object.values(config.lists.guest.save).flat();
  for (let tries = 0; tries < 12 && groups.length < 4; tries++) {
    const registers = [...new Set([random.one(left), ...random.some(left, 0.1)])];
    if (registers.includes("TCR_EL1") !== registers.includes("TCR2_EL1"))
      registers.push("TCR_EL1", "TCR2_EL1");
    const trap = random.one(words.trap);
    const group: Group = {
      name: `g${tries}`,
      registers: [...new Set(registers)],
      trap,
      onTrap: trap === "first-write" || trap === "first-access" ? "open" : "emulate",
      save: random.one(words.save),
      restore: random.one(words.restore),
      arm: random.one(words.arm),
      host: random.one(words.host),
      path: random.one(words.path),
      ...(random.chance(0.4) ? { adaptive: randomAdaptive(random) } : {}),
    };
    const policy = { name: "user", groups: [...groups, group], assumeNotHardwareWritten: [] };
    if (isSound(policy, config)) groups.push(group);
  }
  return { name: "user", groups, assumeNotHardwareWritten: [] };
}
