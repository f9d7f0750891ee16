import { hasPauth } from "../../configs/pauth.js";
import { TraplineError } from "../../errors.js";
import { kernelConfig, parseFeatures } from "../../configs/resolve.js";
import type { Mode } from "../../configs/points.js";
import type { Assignment } from "../../model/assignment.js";
import type { Group, OraclePrices, PolicyDefinition } from "../../policies/policy.js";
import { registerByName } from "../../registers/lookup.js";
import { assign } from "../../replay/config.js";
import { seesAll, type Capabilities } from "../../trace/capabilities.js";
import type { TraceHeader } from "../../trace/header.js";
import { trapsEach, worstGroup, type WorstGroup } from "./worst-group.js";

export interface WorstCaseOptions {
  readonly mode: Mode;
  readonly kernel: string;
  readonly features: readonly string[];
  /** Written windows a window at most; for traps of every write, writes a window. */
  readonly rate: number;
  readonly prices: OraclePrices;
}

export interface WorstCase {
  readonly assignment: Assignment;
  readonly capabilities: Capabilities;
  readonly groups: readonly WorstGroup[];
}

/** What a recording of a synthetic guest says that it saw: all, but for what another kernel did. */
function capabilitiesFor(groups: readonly Group[]): Capabilities {
  // Keys that a policy traps must have been seen to trap; any other guest has keys, which each trap switches.
  const keys = groups.some(
    ({ trap, registers }) =>
      trap === "first-access" && registers.some((name) => registerByName(name)?.class === "keys"),
  );
  return { ...seesAll, switches: false, pauthUse: keys ? "trapped" : "none" };
}

/** The guests that hurt each group of a policy most. Throws as a replay of a trace with such a guest would. */
export function worstCase(definition: PolicyDefinition, options: WorstCaseOptions): WorstCase {
  const { mode, kernel, features, rate, prices } = options;
  if (!(rate >= 0 && Number.isFinite(rate))) {
    throw new TraplineError("usage", "--rate takes a number from 0 up: written windows a window");
  }
  const { groups: wanted } = definition.build(kernelConfig(mode, kernel, parseFeatures(features)));
  if (rate > 1 && !wanted.some(trapsEach)) {
    throw new TraplineError(
      "usage",
      `--rate ${rate}: policy "${definition.name}" traps once a window, and at most each window is written: from 0 to 1`,
    );
  }
  const capabilities = capabilitiesFor(wanted);
  const named = wanted.flatMap(({ registers }) => registers);
  const header: TraceHeader = { ...emptyHeader, mode, capabilities, registers: [-1, ...encodings(named)] };
  const choice = { mode, kernel, features };
  const [assignment] = assign(header, [definition], choice, "worst-case").assignments;
  const { policy, config } = assignment;
  const keys = hasPauth(config, capabilities);
  // Groups of as many registers at the same points have the same worst guests; the search is long, the key short.
  const known = new Map<string, WorstGroup>();
  const groups = policy.groups.map((group): WorstGroup => {
    const key = JSON.stringify([
      { ...group, name: "", registers: group.registers.length },
      group.registers.map((name) => registerByName(name)?.class),
      [config.lists.guest, config.lists.host].map(({ save, restore }) =>
        [save, restore].map((lists) =>
          Object.values(lists)
            .flat()
            .filter((name) => group.registers.includes(name))
            .map((name) => group.registers.indexOf(name)),
        ),
      ),
    ]);
    const found = known.get(key) ?? worstGroup(group, config, rate, prices, keys);
    known.set(key, found);
    return { ...found, group };
  });
  if (groups.every(({ againstEager: { policy: own, eager } }) => own === 0 && eager === 0)) {
    throw new TraplineError(
      "unsupported",
      `policy "${policy.name}" has no group that is switched in mode ${mode} of kernel ${kernel}: no guest hurts it more than eager`,
      {},
      "Name the VM's features with --features, or another policy",
    );
  }
  return { assignment, capabilities, groups };
}

const encodings = (names: readonly string[]): number[] =>
  names.flatMap((name) => registerByName(name)?.encoding ?? []);

const emptyHeader: Omit<TraceHeader, "mode" | "capabilities" | "registers"> = {
  tool: "",
  source: { format: "synthetic", dialect: "", name: "", bytes: 0, lines: 0 },
  clock: { unit: "ticks", perCpu: false },
  events: 0,
  pcpus: [],
  vcpus: [],
  guestTime: [],
  places: [],
  recorded: { guestSave: [], guestRestore: [], hostSave: [], hostRestore: [] },
  tally: [],
  exits: [],
  passedOver: {},
  anomalies: {},
};
