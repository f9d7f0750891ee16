/** From a kernel, a mode and features to the plain lists of names that a replay follows. */

import { TraplineError } from "../errors.js";
import { registerByName } from "../registers/lookup.js";
import { features as knownFeatures } from "../registers/register.js";
import type { Feature } from "../registers/register.js";
import { kernels, kernelVersions } from "./kernels.js";
import type { KernelVersion } from "./kernels.js";
import type { ClassLists, ContextLists } from "./lists.js";
import { switchPoints } from "./points.js";
import type { Mode, ModePoints, SwitchedClass } from "./points.js";

/** Per class, names in the order in which the kernel accesses them. */
export type ClassNames = Readonly<Record<SwitchedClass, readonly string[]>>;

export interface ContextNames {
  readonly save: ClassNames;
  readonly restore: ClassNames;
}

export interface SwitchLists {
  readonly guest: ContextNames;
  /** Empty for a class that has no host points in the mode. */
  readonly host: ContextNames;
}

export interface SwitchConfig {
  readonly mode: Mode;
  /** A version, or `recorded`. */
  readonly kernel: string;
  /** In the order of `features` of the register table, without repetition. */
  readonly features: readonly Feature[];
  readonly lists: SwitchLists;
  readonly points: ModePoints;
}

/**
 * What a kernel of this version switches for these features. For 6.8 they are those of the machine, for later
 * kernels those of the VM (see `gatedBy` of the kernel). An unknown version is a `usage` error.
 */
export function kernelConfig(mode: Mode, version: string, features: readonly Feature[]): SwitchConfig {
  if (!isKernelVersion(version)) {
    throw new TraplineError(
      "usage",
      `unknown kernel version ${JSON.stringify(version)}`,
      {},
      `Known versions: ${kernelVersions.join(", ")}`,
    );
  }
  const { guest, host } = kernels[version];
  const lists = { guest: contextNames(guest, features), host: contextNames(host, features) };
  return switchConfig(mode, version, features, lists);
}

/** What a recorded kernel was seen to switch. */
export function recordedConfig(mode: Mode, lists: SwitchLists, features: readonly Feature[]): SwitchConfig {
  return switchConfig(mode, "recorded", features, lists);
}

/** The features without which these registers would not exist, in the order of the table. Unknown names count for none. */
export function featuresOf(registerNames: Iterable<string>): Feature[] {
  const present = new Set<Feature | undefined>();
  for (const name of registerNames) {
    present.add(registerByName(name)?.feature);
  }
  return knownFeatures.filter((feature) => present.has(feature));
}

/** A user's list, in any case and with or without `FEAT_`; sorted, without repetition. `usage` error for others. */
export function parseFeatures(text: readonly string[]): Feature[] {
  const parsed = text.map((word) => {
    const name = word
      .trim()
      .toUpperCase()
      .replace(/^FEAT_/, "");
    const feature = knownFeatures.find((known) => known === name);
    if (feature === undefined) {
      throw new TraplineError(
        "usage",
        `unknown feature ${JSON.stringify(word)}`,
        {},
        `Known features: ${knownFeatures.join(", ")}`,
      );
    }
    return feature;
  });
  return sorted(parsed);
}

function isKernelVersion(version: string): version is KernelVersion {
  return kernelVersions.some((known) => known === version);
}

function sorted(features: readonly Feature[]): Feature[] {
  return knownFeatures.filter((feature) => features.includes(feature));
}

function switchConfig(
  mode: Mode,
  kernel: string,
  features: readonly Feature[],
  { guest, host }: SwitchLists,
): SwitchConfig {
  const points = switchPoints[mode];
  const ofHost = (names: ClassNames): ClassNames =>
    byClass((switched) => (points[switched].host === undefined ? [] : names[switched]));
  return {
    mode,
    kernel,
    features: sorted(features),
    lists: { guest, host: { save: ofHost(host.save), restore: ofHost(host.restore) } },
    points,
  };
}

function contextNames({ save, restore }: ContextLists, features: readonly Feature[]): ContextNames {
  const names = (lists: ClassLists): ClassNames =>
    byClass((switched) =>
      lists[switched]
        .filter(({ when = [] }) => when.every((feature) => features.includes(feature)))
        .map(({ register }) => register),
    );
  return { save: names(save), restore: names(restore) };
}

/** Lists by class, each asked for in the order of `switchedClasses`. */
export function byClass(of: (switched: SwitchedClass) => readonly string[]): ClassNames {
  return {
    el1: of("el1"),
    user: of("user"),
    common: of("common"),
    return: of("return"),
    keys: of("keys"),
    fp: of("fp"),
    debug: of("debug"),
  };
}
