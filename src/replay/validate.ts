import type { TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import { exceptionClass } from "../trace/exits.js";
import { isVectors } from "../prices/cost.js";
import { checkRecorded } from "../trace/modelled.js";
import { nameOrder, registerName } from "../registers/lookup.js";
import { TraplineError } from "../errors.js";
import type { TraceCounts } from "./merge.js";

/** What the recorded kernel did to a register beside what the model says that it should have done. */
export interface ValidateRow {
  readonly register: string;
  readonly context: "guest" | "host";
  readonly what: "save" | "restore" | "trap";
  readonly recorded: number;
  /** Null where no policy models it: timers, vGIC, debug, keys, SP_EL0 are switched elsewhere. */
  readonly model: number | null;
}

/** What `trapline validate --json` prints. */
export interface ValidateResult {
  readonly schema: "trapline.validate/1";
  readonly trace: string;
  readonly policy: string;
  readonly mode: string;
  readonly rows: readonly ValidateRow[];
  /** Registers whose saves and restores such a recording cannot show; absent where there are none. */
  readonly unseen?: readonly string[];
  /** Rows that were compared. */
  readonly compared: number;
  readonly agree: boolean;
}

const switches = [
  { kind: Kind.saveGuest, context: "guest", what: "save" },
  { kind: Kind.restoreGuest, context: "guest", what: "restore" },
  { kind: Kind.saveHost, context: "host", what: "save" },
  { kind: Kind.restoreHost, context: "host", what: "restore" },
] as const;

const whats = ["trap", "save", "restore"] as const;

/** Compares a replay under the recorded kernel's own policy with what that kernel did. */
export function validateCounts(counts: TraceCounts): ValidateResult {
  const { header, path, policies, config } = counts;
  checkRecorded(header, path);
  if (!header.capabilities.switches) {
    throw new TraplineError("unsupported", "does not show what its hypervisor saved and restored", {
      file: path,
    });
  }
  const [{ policy, rows: modelled }] = policies;
  const vectors = [...new Set(modelled.map(({ register }) => register).filter(isVectors))];
  const recorded = recordedCounts(header, vectors);
  const model = new Map<string, number>();
  const put = (key: string, count: number): void => void model.set(key, (model.get(key) ?? 0) + count);
  for (const row of modelled) {
    const { register, context } = row;
    const isSeen = !isVectors(register);
    // A register that is only restored has no save to compare, and the reverse.
    if (isSeen && row.saves + row.elided > 0) put(keyOf(register, context, "save"), row.saves);
    if (isSeen && row.restores > 0) put(keyOf(register, context, "restore"), row.restores);
    if (context === "guest") put(keyOf(register, context, "trap"), row.traps);
  }
  const keys = [...new Set([...recorded.keys(), ...model.keys()])];
  const rows = keys
    .map((key): ValidateRow => {
      const [register, context, what] = splitKey(key);
      // Traps of registers that the policy does not name are what KVM emulates for other reasons.
      return { register, context, what, recorded: recorded.get(key) ?? 0, model: model.get(key) ?? null };
    })
    .filter(({ recorded: did, model: said }) => did !== 0 || (said ?? 0) !== 0)
    .toSorted(
      (a, b) =>
        nameOrder(a.register, b.register) ||
        Number(a.context === "host") - Number(b.context === "host") ||
        whats.indexOf(a.what) - whats.indexOf(b.what),
    );
  const compared = rows.filter(({ model: said }) => said !== null);
  return {
    schema: "trapline.validate/1",
    trace: path,
    policy,
    mode: config.mode,
    rows,
    ...(vectors.length === 0 ? {} : { unseen: vectors }),
    compared: compared.length,
    agree: compared.length > 0 && compared.every((row) => row.recorded === row.model),
  };
}

/**
 * Saves, restores and fast-path write traps of the recorded kernel, from the counts kept at import. A trapped
 * write that the hypervisor did not make itself was left to the guest to try again: the trap of a first write,
 * also where an interrupt then kept EL2 from going back at once. Use of vector registers traps by what CPTR_EL2 says, and
 * is an exit of its own class.
 * @param vectors - What the policy calls these registers, where it is about them
 */
function recordedCounts(header: TraceHeader, vectors: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  const put = (key: string, count: number): void => void counts.set(key, (counts.get(key) ?? 0) + count);
  const trap = (register: number): string => keyOf(nameOf(header, register), "guest", "trap");
  for (const [kind, register, , count] of header.tally) {
    const found = switches.find((each) => each.kind === kind);
    if (found !== undefined) put(keyOf(nameOf(header, register), found.context, found.what), count);
    if (kind === Kind.emulatedWrite) put(trap(register), -count);
  }
  for (const [, , reason, register, write, count] of header.exits) {
    if (write === 1 && reason === exceptionClass.sys64) put(trap(register), count);
    if (vectorUse.has(reason)) for (const name of vectors) put(keyOf(name, "guest", "trap"), count);
  }
  return counts;
}

const vectorUse: ReadonlySet<number> = new Set([exceptionClass.fp, exceptionClass.sve, exceptionClass.sme]);

const nameOf = (header: TraceHeader, register: number): string => registerName(header.registers[register]);

const keyOf = (register: string, context: string, what: string): string => `${register} ${context} ${what}`;

function splitKey(key: string): [string, ValidateRow["context"], ValidateRow["what"]] {
  const [register, context, what] = key.split(" ");
  return [register, context === "host" ? "host" : "guest", whats.find((each) => each === what) ?? "save"];
}
