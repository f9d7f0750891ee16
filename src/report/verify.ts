import { invariants, type Breach, type Invariant, type WorldEvent } from "../verify/event.js";
import type { Finding } from "../verify/explore.js";
import { actionsText, breachText, eventText } from "../verify/tell.js";
import { bitOf, cpuBit, guestBit, hostBit, hostMemoryBit, memoryBit } from "../verify/values.js";
import { isSound, type Verified, type VerifiedWorld } from "../verify/verify.js";
import type { World } from "../verify/world.js";
import { csvTable, markdownTable, textTable, wrapText, type Cell } from "./text-table.js";

/** One register at one place, as a counterexample shows it. */
export interface ShownValues {
  /** What the guest's register, or the host's, is to hold. */
  readonly own: number;
  /** What is in the CPU on which the vCPU is, or was last. */
  readonly cpu: number;
  readonly memory: number;
}

export interface VerifyStep extends WorldEvent {
  readonly text: string;
  readonly hypervisor: string;
  /** Of the register that goes wrong. */
  readonly values: ShownValues;
}

export interface VerifyFinding extends Breach {
  readonly registerName: string;
  readonly text: string;
  readonly steps: readonly VerifyStep[];
}

/** What `trapline verify --json` prints. */
export interface VerifyResult {
  readonly schema: "trapline.verify/1";
  readonly tool: string;
  readonly sound: boolean;
  readonly invariants: Readonly<Record<Invariant, string>>;
  readonly rows: readonly VerifyRow[];
  /** The trace that was written of the first counterexample. */
  readonly trace: { readonly path: string; readonly row: number; readonly events: number } | null;
}

export interface VerifyRow {
  readonly policy: string;
  readonly mode: string;
  readonly kernel: string;
  readonly nesting: string;
  readonly whatIf: { readonly name: string; readonly text: string; readonly source: string } | null;
  readonly sound: boolean;
  readonly states: number;
  readonly events: number;
  /** Why a replay would not count it. */
  readonly refused: string | null;
  /** Groups of which the kernel switches nothing for these features; absent where there are none. */
  readonly unswitched?: readonly string[];
  readonly worlds: readonly {
    readonly group: string;
    readonly registers: readonly string[];
    readonly states: number;
    readonly events: number;
    /** The shortest way to break each invariant that is broken. */
    readonly broken: readonly VerifyFinding[];
  }[];
}

export function makeVerifyResult(
  rows: readonly Verified[],
  tool: string,
  trace: VerifyResult["trace"],
): VerifyResult {
  return {
    schema: "trapline.verify/1",
    tool,
    sound: rows.every(isSound),
    invariants,
    rows: rows.map((row): VerifyRow => {
      const { policy, mode, kernel, nesting, whatIf, refused, worlds } = row;
      const sum = (of: (world: VerifiedWorld) => number): number =>
        worlds.reduce((total, each) => total + of(each), 0);
      return {
        policy,
        mode,
        kernel,
        nesting,
        whatIf: whatIf === undefined ? null : { name: whatIf.name, text: whatIf.text, source: whatIf.source },
        sound: isSound(row),
        states: sum(({ exploration }) => exploration.states),
        events: sum(({ exploration }) => exploration.events),
        refused: refused ?? null,
        ...(row.unswitched.length === 0 ? {} : { unswitched: row.unswitched }),
        worlds: worlds.map(({ world, exploration: { states, events, findings } }) => ({
          group: world.name,
          registers: world.registers.map(({ name }) => name),
          states,
          events,
          broken: findings.map((finding) => findingOf(world, finding)),
        })),
      };
    }),
    trace,
  };
}

function findingOf(world: World, { breach, steps }: Finding): VerifyFinding {
  const { vcpu, register } = breach;
  let pcpu = Math.max(0, breach.pcpu);
  // Of a vCPU that is not loaded in the end: where it was last.
  for (const { event } of steps) if (event.vcpu === vcpu && event.pcpu >= 0 && vcpu >= 0) pcpu = event.pcpu;
  return {
    ...breach,
    registerName: world.registers[register]?.name ?? "",
    text: breachText(world, breach),
    steps: steps.map(({ event, actions, values }) => ({
      ...event,
      text: eventText(world, event),
      hypervisor: actionsText(actions, world.registers[register]?.name ?? ""),
      values: {
        own: bitOf(values, vcpu < 0 ? hostBit(pcpu, register) : guestBit(vcpu, register)),
        cpu: bitOf(values, cpuBit(pcpu, register)),
        memory: bitOf(values, vcpu < 0 ? hostMemoryBit(pcpu, register) : memoryBit(vcpu, register)),
      },
    })),
  };
}

/** Rows that say the same of several kernels and nestings, as one. */
interface Block {
  readonly rows: readonly VerifyRow[];
  readonly kernels: readonly string[];
  readonly nestings: readonly string[];
}

function blocksOf(rows: readonly VerifyRow[]): Block[] {
  const blocks = new Map<string, VerifyRow[]>();
  for (const row of rows) {
    const { policy, mode, whatIf, sound } = row;
    const broken = row.worlds.flatMap((world) =>
      world.broken.map(({ invariant, steps }) => [invariant, steps.length]),
    );
    const key = JSON.stringify([policy, mode, whatIf?.name, sound, broken, row.unswitched]);
    const own = blocks.get(key);
    if (own === undefined) blocks.set(key, [row]);
    else own.push(row);
  }
  return Array.from(blocks.values(), (own) => ({
    rows: own,
    kernels: [...new Set(own.map(({ kernel }) => kernel))],
    nestings: [...new Set(own.map(({ nesting }) => nesting))],
  }));
}

const head = ["policy", "what if", "mode", "kernels", "nested as", "states", "verdict"];

const rangeText = (numbers: readonly number[]): Cell => {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? least : `${least} to ${most}`;
};

function summary(result: VerifyResult): Cell[][] {
  return blocksOf(result.rows).map(({ rows, kernels, nestings }): Cell[] => {
    const [{ policy, whatIf, mode, sound }] = rows;
    return [
      policy,
      whatIf?.name ?? "-",
      mode,
      kernels.join(" "),
      nestings.join(" "),
      rangeText(rows.map(({ states }) => states)),
      sound ? soundText(rows[0]) : notSound(shortest(rows[0])),
    ];
  });
}

/** What was not looked at is not found sound. */
const soundText = ({ unswitched = [] }: VerifyRow): string =>
  unswitched.length === 0 ? "sound" : `sound, but for ${unswitched.join(", ")}: not switched (--features)`;

const notSound = ({ steps, text }: VerifyFinding): string =>
  `NOT SOUND after ${eventsText(steps.length)}: ${text}`;

/** What to show of a row: wrong values sooner than a rule that is only about to lose them. */
function shortest({ worlds }: VerifyRow): VerifyFinding {
  const all = worlds.flatMap(({ broken }) => broken);
  return all.toSorted(
    (a, b) =>
      Number(a.invariant === "open-is-dirty") - Number(b.invariant === "open-is-dirty") ||
      a.steps.length - b.steps.length,
  )[0];
}

/** The counterexample of a block as a table, with what is around it. */
function counterexample({ rows: [row], kernels, nestings }: Block): string[] {
  const { policy, mode, whatIf, worlds, refused } = row;
  const shown = shortest(row);
  const world = worlds.find(({ broken }) => broken.includes(shown));
  const others = worlds
    .flatMap(({ broken }) => broken)
    .filter(({ invariant }, at, all) => all.findIndex((each) => each.invariant === invariant) === at)
    .filter(({ invariant }) => invariant !== shown.invariant);
  const nested = nestings.length === 1 && nestings[0] === "none" ? "" : `, nested as ${nestings.join(", ")}`;
  const what = whatIf === null ? "" : `, if ${whatIf.text}`;
  const table: Cell[][] = [
    ["", "event", "what the hypervisor does", "own", "cpu", "memory"],
    ...shown.steps.map(({ text, hypervisor, values }, at): Cell[] => [
      at + 1,
      text,
      hypervisor,
      values.own,
      values.cpu,
      values.memory,
    ]),
  ];
  return [
    wrapText(`${policy}${what}: not sound in mode ${mode} (kernels ${kernels.join(", ")}${nested}).`, "", ""),
    wrapText(
      `Group ${world?.group ?? ""} (${world?.registers.join(" ") ?? ""}); the values are those of ${shown.registerName}.`,
      "",
      "",
    ),
    "",
    table.length === 1 ? "   before any event" : textTable(table, table[0].length),
    "",
    wrapText(`Broken: ${invariants[shown.invariant]}. Here ${shown.text}.`, "", "  "),
    ...others.map(({ invariant, steps, text }) =>
      wrapText(`Also: ${invariants[invariant]}, after ${eventsText(steps.length)}: ${text}.`, "", "  "),
    ),
    ...(refused === null ? [] : [wrapText(`A replay refuses it: ${refused}.`, "", "  ")]),
  ];
}

const eventsText = (count: number): string => `${count} event${count === 1 ? "" : "s"}`;

/** @param given - What a policy was asked for by, where that is not its name */
export function verifyText(
  result: VerifyResult,
  given: (policy: string) => string = (policy) => policy,
): string {
  const broken = blocksOf(result.rows).filter(({ rows: [{ sound }] }) => !sound);
  const states = result.rows.reduce((sum, row) => sum + row.states, 0);
  return [
    textTable([head, ...shortVerdicts(result)], 2),
    "",
    wrapText(
      `Every state of two vCPUs on two pCPUs, for each two registers of a group that rules tell apart; ${states} states in ${result.rows.length} configurations. In each: ${Object.values(invariants).join("; ")}.`,
      "",
      "",
    ),
    ...broken.flatMap((block) => ["", ...counterexample(block)]),
    ...traceNote(result, given),
  ].join("\n");
}

/** The text's table is narrow: what is broken follows below it. */
const shortVerdicts = (result: VerifyResult): Cell[][] =>
  summary(result).map((row) =>
    row.map((cell) => (String(cell).startsWith("NOT SOUND") ? "NOT SOUND" : cell)),
  );

const traceNote = ({ trace, rows }: VerifyResult, given: (policy: string) => string): string[] => {
  if (trace === null) return [];
  const { policy, whatIf } = rows[trace.row];
  const asked = whatIf === null ? "" : ` --what-if ${whatIf.name}`;
  return [
    "",
    wrapText(
      `${trace.path} holds the first counterexample as a trace: trapline replay --verify ${trace.path} -p ${given(policy)}${asked}`,
      "",
      "  ",
    ),
  ];
};

export const verifyMarkdown = (result: VerifyResult): string => markdownTable([head, ...summary(result)]);

export const verifyCsv = ({ rows }: VerifyResult): string =>
  csvTable([
    [
      "policy",
      "what_if",
      "mode",
      "kernel",
      "nesting",
      "group",
      "registers",
      "states",
      "events",
      "broken",
      "after",
    ],
    ...rows.flatMap((row) =>
      row.worlds.map(({ group, registers, states, events, broken }): Cell[] => [
        row.policy,
        row.whatIf?.name ?? "",
        row.mode,
        row.kernel,
        row.nesting,
        group,
        registers.join(" "),
        states,
        events,
        broken.map(({ invariant }) => invariant).join(" "),
        broken.map(({ steps }) => steps.length).join(" "),
      ]),
    ),
  ]);
