import { isSwitchedBeside } from "../configs/lists.js";
import { switchedClasses, type Mode, type SwitchedClass } from "../configs/points.js";
import {
  byClass,
  featuresOf,
  kernelConfig,
  parseFeatures,
  recordedConfig,
  type ClassNames,
  type ContextNames,
  type SwitchConfig,
  type SwitchLists,
} from "../configs/resolve.js";
import { TraplineError } from "../errors.js";
import { checkPolicy } from "../policies/check.js";
import { checkNeeds } from "../policies/needs.js";
import type { Policy, PolicyDefinition } from "../policies/policy.js";
import { nameOrder, registerByEncoding, registerByName, registerName } from "../registers/lookup.js";
import type { Feature } from "../registers/register.js";
import type { Capabilities } from "../trace/capabilities.js";
import type { TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import type { Assignment } from "../model/assignment.js";

/** What the user says of the configuration; what is left out is as recorded. */
export interface ConfigChoice {
  readonly mode?: Mode;
  /** A kernel version, or `recorded`. */
  readonly kernel?: string;
  readonly features?: readonly string[];
  /**
   * `none`: as if the guest had written nothing but what the trace shows, whether it would show it or not. What a
   * policy then counts is the cost of no write, from which a break-even rate follows; it is no count of the guest.
   */
  readonly writes?: "none";
}

/** Classes of sysreg-sr.c: in every comparison. Others only where a policy of the run names their registers. */
const alwaysInScope: readonly SwitchedClass[] = ["el1", "user", "common", "return"];

/** The configuration under which a trace is replayed, in a mode. */
export function resolveConfig(
  header: TraceHeader,
  choice: ConfigChoice,
  mode: Mode,
  file: string,
): SwitchConfig {
  const kernel = choice.kernel ?? "recorded";
  const recorded = recordedLists(header, mode);
  const features: readonly Feature[] =
    choice.features === undefined
      ? featuresOf(knowsLists(header) ? recordedNames(recorded) : guestNames(header))
      : parseFeatures(choice.features);
  if (kernel !== "recorded") return kernelConfig(mode, kernel, features);
  if (!knowsLists(header)) {
    throw new TraplineError(
      "unsupported",
      "the trace does not show which registers its hypervisor switched",
      { file },
      "Name a kernel with --kernel (6.8, 6.12 or 6.18) and the VM's features with --features",
    );
  }
  return recordedConfig(mode, recorded, features);
}

/** Whether its lists are a kernel's own. Modelled exits bring those of the recording that they were taken from. */
function knowsLists({ capabilities, modelled, recorded }: TraceHeader): boolean {
  return (capabilities.switches || modelled !== undefined) && recorded.guestSave.length > 0;
}

/** The mode that holds for a run of a trace: the user's, or the recorded one. */
export function resolveMode(header: TraceHeader, choice: ConfigChoice, file: string): Mode {
  if (choice.mode !== undefined) return choice.mode;
  if (header.mode !== "none") return header.mode;
  if (header.modelled !== undefined) {
    throw new TraplineError(
      "unsupported",
      "the exits are modelled, and the model does not say where the kernel switches",
      { file },
      "Name it with --mode vhe or --mode nvhe",
    );
  }
  if (header.capabilities.entries !== "none") {
    throw new TraplineError(
      "unsupported",
      "the trace does not tell whether its host is a VHE or an nVHE one",
      { file },
      "Name its mode with --mode vhe or --mode nvhe",
    );
  }
  throw new TraplineError(
    "unsupported",
    "the trace holds no hypervisor: its guest never exits, so nothing is saved",
    { file },
    "Record a guest under KVM, or lay modelled exits over this one with --exits; `trapline inspect` shows what this trace can tell",
  );
}

/**
 * Every policy with its configuration, all over the same registers; refuses what cannot be answered, and what `check`
 * refuses of a policy.
 */
export function assign(
  header: TraceHeader,
  definitions: readonly PolicyDefinition[],
  choice: ConfigChoice,
  file: string,
  check: (policy: Policy, config: SwitchConfig) => void = checkPolicy,
): { readonly config: SwitchConfig; readonly assignments: readonly Assignment[] } {
  const mode = resolveMode(header, choice, file);
  const { capabilities } = header;
  const seen: Capabilities =
    choice.writes === "none" ? { ...capabilities, guestWrites: "all" } : capabilities;
  const base = resolveConfig(header, choice, mode, file);
  const policies = definitions.map((definition) => definition.build(base));
  const configs = new Map<Mode, SwitchConfig>([[mode, inScope(base, policies, header)]]);
  const configOf = (own: Mode): SwitchConfig => {
    const known = configs.get(own) ?? inScope(resolveConfig(header, choice, own, file), policies, header);
    configs.set(own, known);
    return known;
  };
  const assignments = policies.map((policy): Assignment => {
    const config = configOf(policy.mode ?? mode);
    check(policy, config);
    checkNeeds(policy, config, seen, file, policy.name === "eager" && policies.length > 1);
    return { policy, config };
  });
  return { config: configOf(mode), assignments };
}

/** The lists cut to what is compared: sysreg-sr.c's classes, and the registers beside it that policies name. */
function inScope(config: SwitchConfig, policies: readonly Policy[], header: TraceHeader): SwitchConfig {
  // Machines differ in how many breakpoints they have: those that a recording never names are not there.
  const seen = new Set(header.registers.map((encoding) => (encoding < 0 ? "" : registerName(encoding))));
  const named = [...new Set(policies.flatMap(({ groups }) => groups.flatMap(({ registers }) => registers)))];
  const beside = (each: SwitchedClass): string[] =>
    named
      .filter((name) => registerByName(name)?.class === each && isSwitchedBeside(name))
      .filter((name) => each !== "debug" || seen.has(name))
      .toSorted(nameOrder);
  const cut = ({ save, restore }: ContextNames, host: boolean): ContextNames => {
    const names = (list: ClassNames): ClassNames =>
      byClass((each) => {
        if (alwaysInScope.includes(each)) return list[each];
        return host && config.points[each].host === undefined ? [] : beside(each);
      });
    return { save: names(save), restore: names(restore) };
  };
  return { ...config, lists: { guest: cut(config.lists.guest, false), host: cut(config.lists.host, true) } };
}

/** What the recorded kernel switched, by class. Forced to nVHE, the host is switched as the guest is. */
function recordedLists(header: TraceHeader, mode: Mode): SwitchLists {
  const { recorded, registers } = header;
  const names = (list: readonly number[]): ClassNames => {
    const all = list.map((index) => registers[index]);
    return byClass((each) => all.filter((encoding) => listClass(encoding) === each).map(registerName));
  };
  const guest = { save: names(recorded.guestSave), restore: names(recorded.guestRestore) };
  const host = { save: names(recorded.hostSave), restore: names(recorded.hostRestore) };
  if (mode === header.mode) return { guest, host };
  const filled = (own: ClassNames, other: ClassNames): ClassNames =>
    byClass((each) => (own[each].length > 0 ? own[each] : other[each]));
  return {
    guest,
    host: { save: filled(host.save, guest.save), restore: filled(host.restore, guest.restore) },
  };
}

/** The virtual identification registers, of no switched class, are written with the EL1 state. */
function listClass(encoding: number): SwitchedClass {
  const found = registerByEncoding(encoding)?.class;
  return switchedClasses.find((each) => each === found) ?? "el1";
}

function recordedNames({ guest, host }: SwitchLists): string[] {
  return [guest, host].flatMap(({ save, restore }) =>
    switchedClasses.flatMap((each) => [...save[each], ...restore[each]]),
  );
}

/** Registers that the guest wrote: it has their features, where nobody saw what its hypervisor switched. */
function guestNames({ tally, registers }: TraceHeader): string[] {
  const written = new Set(tally.flatMap(([kind, index]) => (kind === Kind.guestWrite ? [index] : [])));
  return [...written].map((index) => registerName(registers[index]));
}
