import type { ValidateResult, ValidateRow } from "../replay/validate.js";
import { textTable, textWidth, wrapText, type Cell } from "./text-table.js";

/** Rows that differ, or all; and what was recorded of registers that are switched elsewhere. */
export function validateText(result: ValidateResult, all: boolean): string {
  const { rows, compared, agree, policy, trace, mode, unseen = [] } = result;
  const differing = rows.filter(({ recorded, model }) => model !== null && model !== recorded);
  const shown = all ? rows.filter(({ model }) => model !== null) : differing;
  const elsewhere = rows.filter(({ model }) => model === null);
  const parts = [
    `${trace}: mode ${mode}, policy ${policy}`,
    agree
      ? `The model agrees with the recorded kernel in all ${compared} rows (register, context, what).`
      : compared === 0
        ? "The recording shows nothing that the model could be compared with."
        : `The model differs from the recorded kernel in ${differing.length} of ${compared} rows.`,
  ];
  if (shown.length > 0) {
    parts.push(
      "",
      textTable([
        ["register", "context", "what", "recorded", "model", ""],
        ...shown.map(({ register, context, what, recorded, model }): Cell[] => [
          register,
          context,
          what,
          recorded,
          model ?? "",
          model === recorded ? "" : "differs",
        ]),
      ]),
    );
  }
  if (unseen.length > 0) {
    parts.push(
      "",
      `Not compared: saves and restores of ${unseen.join(", ")}, which are no accesses to system registers.`,
    );
  }
  if (elsewhere.length > 0) {
    parts.push(
      "",
      "Switched elsewhere in the hypervisor, and not modelled by this policy; as recorded:",
      textTable(elsewhereRows(elsewhere)),
    );
  }
  return parts.join("\n");
}

const columns = [
  ["guest", "save"],
  ["guest", "restore"],
  ["host", "save"],
  ["host", "restore"],
  ["guest", "trap"],
] as const;

/** One row for all registers with the same counts: a set of debug registers has dozens. */
function elsewhereRows(rows: readonly ValidateRow[]): Cell[][] {
  const counts = new Map<string, number[]>();
  for (const { register, context, what, recorded } of rows) {
    const own = counts.get(register) ?? columns.map(() => 0);
    own[columns.findIndex(([c, w]) => c === context && w === what)] = recorded;
    counts.set(register, own);
  }
  const alike = new Map<string, { registers: string[]; own: number[] }>();
  for (const [register, own] of counts) {
    const key = own.join(" ");
    const row = alike.get(key) ?? { registers: [], own };
    row.registers.push(register);
    alike.set(key, row);
  }
  return [
    ["guest\nsaves", "guest\nrestores", "host\nsaves", "host\nrestores", "\ntraps", "registers"],
    ...[...alike.values()].flatMap(({ registers, own }): Cell[][] =>
      wrapText(runs(registers).join(" "), " ".repeat(firstColumns), " ".repeat(firstColumns))
        .split("\n")
        .map((line, at) => [...(at === 0 ? own : own.map(() => undefined)), line.trimStart()]),
    ),
  ];
}

/** About as wide as the columns of numbers. */
const firstColumns = Math.floor(textWidth * 0.45);

interface Run {
  readonly before: string;
  readonly after: string;
  readonly first: number;
  last: number;
}

/** Numbered registers that follow each other as one: `DBGBCR0..5_EL1`. */
function runs(names: readonly string[]): string[] {
  const texts: (string | Run)[] = [];
  for (const name of names) {
    const [, before, digits, after] = /^([A-Z_]*[A-Z])(\d+)(_EL\d)$/.exec(name) ?? [];
    const number = Number(digits);
    const run = texts.at(-1);
    if (digits === undefined) texts.push(name);
    else if (
      typeof run === "object" &&
      run.before === before &&
      run.after === after &&
      run.last + 1 === number
    ) {
      run.last = number;
    } else texts.push({ before, after, first: number, last: number });
  }
  return texts.map((text) => {
    if (typeof text === "string") return text;
    const { before, after, first, last } = text;
    return `${before}${first === last ? first : `${first}..${last}`}${after}`;
  });
}
