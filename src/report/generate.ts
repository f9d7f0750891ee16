import type { FitError, FitFigure } from "../generate/fit-error.js";
import type { Figure, Profile, ProfilePhase } from "../generate/profile.js";
import type { TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import { modelledNotes, modelledText } from "../trace/modelled.js";
import { figure, percent } from "../verdict/sentence.js";
import { textList, textTable, wrapText, type Cell } from "./text-table.js";

/** What `trapline generate --json` prints. */
export interface GenerateResult {
  readonly schema: "trapline.generate/1";
  readonly tool: string;
  readonly path: string;
  readonly modelled: string;
  readonly seed: number;
  readonly clock: string;
  readonly events: number;
  readonly windows: number;
  readonly runs: number;
  readonly guestWrites: number;
  readonly vcpus: number;
  readonly pcpus: number;
  /** Of a guest that was fitted to a recording. */
  readonly fit: FitError | null;
  readonly notes: readonly string[];
}

export function generateResult(
  header: TraceHeader,
  about: Pick<GenerateResult, "tool" | "path" | "seed" | "fit">,
): GenerateResult {
  const count = (kind: number): number =>
    header.tally.reduce((sum, [each, , , n]) => (each === kind ? sum + n : sum), 0);
  return {
    schema: "trapline.generate/1",
    ...about,
    modelled: modelledText(header) ?? "",
    clock: header.clock.unit,
    events: header.events,
    windows: count(header.capabilities.loads ? Kind.put : Kind.runEnd),
    runs: count(Kind.runStart),
    guestWrites: count(Kind.guestWrite),
    vcpus: header.vcpus.length,
    pcpus: header.pcpus.length,
    notes: modelledNotes(header),
  };
}

export function generateText(result: GenerateResult): string {
  const { path, modelled, events, windows, runs, guestWrites, vcpus, pcpus, fit, notes } = result;
  const parts = [
    path,
    textList([
      ["modelled", modelled],
      ["holds", `${events} events, ${windows} windows, ${runs} runs, ${guestWrites} writes of guests`],
      ["of", `${vcpus} vCPUs on ${pcpus} pCPUs`],
    ]),
  ];
  if (fit !== null) parts.push("", ...fitText(fit));
  return [...parts, "", ...notes.map((note) => wrapText(note, "Note: ", "      "))].join("\n");
}

const errorText = ({ error }: FitFigure): string =>
  error === null ? "new" : error === 0 ? "0 %" : `${error > 0 ? "+" : ""}${percent(error)}`;

const row = ({ figure: name, recorded, generated, ...rest }: FitFigure): Cell[] => [
  name,
  figure(recorded),
  figure(generated),
  errorText({ figure: name, recorded, generated, ...rest }),
];

/** Figures of registers, recorded and generated beside each other. */
const registerTable = (registers: FitError["registers"], names: readonly string[]): string =>
  textTable([
    ["register", ...names.flatMap((name) => [`${name}\nrecorded`, `${name}\ngenerated`])],
    ...registers.map(({ register, figures }): Cell[] => [
      register,
      ...names.flatMap((name) => {
        const found = figures.find((each) => each.figure === name);
        return found === undefined ? ["", ""] : [figure(found.recorded), figure(found.generated)];
      }),
    ]),
  ]);

function fitText({ scale, figures, registers, policies, refused }: FitError): string[] {
  const size =
    scale === 1 ? [] : [`Recorded counts are multiplied by ${figure(scale)}, for as many windows.`, ""];
  return [
    ...size,
    textTable([["figure", "recorded", "generated", "error"], ...figures.map(row)]),
    "",
    registerTable(registers, ["windows", "rounds", "writes"]),
    "",
    registerTable(registers, ["share repeated", "share known"]),
    "Windows with a write, rounds of such windows without a gap, writes, and of these the shares with the",
    "value of the write before and with an earlier one. A round that goes on in another sixteenth counts anew.",
    "",
    textTable([
      ["policy", "counted", "recorded", "generated", "error"],
      ...policies.flatMap(({ policy, figures: own }) =>
        own.map((each, at): Cell[] => [at === 0 ? policy : "", ...row(each)]),
      ),
    ]),
    ...(refused.length === 0 ? [] : [""]),
    ...refused.map(({ what, why }) => `Not compared: ${what}: ${why}`),
  ];
}

/** Every profile with what it is. */
export const profilesText = (profiles: readonly Profile[]): string =>
  [
    ...profiles.map(({ name, summary }) => [name, wrapText(summary, "  ", "  ")].join("\n")),
    "The figures of a profile with their sources: trapline generate --list NAME",
  ].join("\n\n");

/** The figures of a profile, each with its source. */
export function profileText(profile: Profile): string {
  const { name, summary, vcpus, pcpus, migration, phases } = profile;
  const rows: Cell[][] = [];
  const add = (what: string, [value, source]: Figure): void => void rows.push([what, String(value), source]);
  add("vCPUs", vcpus);
  add("pCPUs", pcpus);
  add("share of loads on another pCPU", migration);
  const parts = [name, summary, "", lines(rows)];
  for (const phase of phases) parts.push("", `Phase ${phase.name}`, lines(phaseRows(phase)));
  return parts.join("\n");
}

const lines = (rows: readonly (readonly Cell[])[]): string =>
  rows.map(([what, value, source]) => wrapText(`${value}: ${source}`, `  ${what} `, "      ")).join("\n");

function phaseRows(phase: ProfilePhase): Cell[][] {
  const rows: Cell[][] = [];
  const add = (what: string, [value, source]: Figure): void => void rows.push([what, String(value), source]);
  add("windows", phase.windows);
  add("runs of a window", phase.runs);
  add("share of runs without an entry", phase.emptyRuns);
  add("fast exits of a run", phase.fastExits);
  add("ns from entry to exit", phase.guest);
  add("ns from full exit to entry", phase.between);
  add("ns from load to run and run to put", phase.edges);
  add("ns from put to load", phase.out);
  for (const { reason, register, last, inner } of phase.exits) {
    const of = register === undefined ? reason : `${reason} ${register}`;
    rows.push([`exits ${of}: last, others`, `${last}, ${inner}`, phase.exitSource]);
  }
  for (const activity of phase.activities) {
    const { name, writes, share, burst, spread, repeat, known } = activity;
    const registers = Object.entries(writes).map(([register, times]) => `${register} ${times}`);
    rows.push([`activity ${name}`, "writes of a run", registers.join(", ") || "none"]);
    add("  share of windows", share);
    add("  windows in a row", burst);
    add("  share of a window's other runs", spread);
    add("  share of values as before", repeat);
    add("  share of earlier values", known);
  }
  return rows;
}
