import { cell, text } from "@observablehq/plot";
import { draw, wordWidth } from "../svg/draw.js";
import { isDeep, paint, steps, type Colour } from "../svg/palette.js";
import { panelWidth, type Chart, type DataCell, type Panel } from "./chart.js";
import { modeName, once, plural, shortNames } from "./names.js";

/** What a replay counted of one trace, as far as a map of registers needs it. */
export interface CountedTrace {
  readonly trace: string;
  readonly mode: string;
  readonly modelled?: string;
  readonly policies: readonly {
    readonly policy: string;
    readonly registers: readonly CountedRegister[];
  }[];
}

interface CountedRegister {
  readonly register: string;
  readonly context: "guest" | "host";
  readonly traps: number;
  readonly saves: number;
  readonly elided: number;
  readonly restores: number;
}

/** Registers against policies: which share of their saves is elided, and in which share of save points a trap. */
export function heatMap(traces: readonly CountedTrace[]): Chart | undefined {
  const shown = traces.map((trace) => ({ ...trace, cells: cellsOf(trace) }));
  const drawn = shown.filter(({ cells }) => cells.length > 0);
  if (drawn.length === 0) return undefined;
  const short = shortNames(traces.map(({ trace }) => trace));
  return {
    id: "registers",
    title: "Registers against policies",
    summary: shown.map(({ trace, mode, policies, cells }) => {
      const all = once(policies.flatMap(({ registers }) => registers.map(({ register }) => register)));
      const touched = once(cells.map(({ register }) => register));
      const best = cells
        .filter(({ elided, traps }) => elided > 0.9 && traps < 0.01)
        .map(({ register }) => register);
      return `${short(trace)}, ${modeName(mode)}: policies change what happens to ${touched.length} of ${plural(all.length, "register")}; ${once(best).length === 0 ? "none has" : `${once(best).join(", ")} ${once(best).length === 1 ? "has" : "have"}`} more than 90 % of the saves elided with a trap in less than 1 % of the save points.`;
    }),
    modelled: once(traces.flatMap(({ modelled = "" }) => (modelled === "" ? [] : [modelled]))),
    legend: steps.map((step, at) => ({
      label: at === 0 ? "0 %" : at === 1 ? "up to 20 %" : `${20 * (at - 1)} to ${20 * at} %`,
      colour: paint(step),
      shape: "area" as const,
    })),
    panels: drawn.flatMap(({ trace, mode, modelled, cells }): Panel[] => {
      const models = modelled === undefined ? [] : [modelled];
      const where = `${short(trace)}, ${modeName(mode)}`;
      return [
        { title: `${where}: saves elided`, svg: picture(cells, "elided", models, `Saves elided, ${where}`) },
        {
          title: `${where}: traps per save point`,
          svg: picture(cells, "traps", models, `Traps per save point, ${where}`),
        },
      ];
    }),
    data: {
      columns: [
        "trace",
        "mode",
        "policy",
        "context",
        "register",
        "traps",
        "saves",
        "elided",
        "restores",
        "modelled",
      ],
      rows: traces.flatMap(({ trace, mode, modelled, policies }) =>
        policies.flatMap(({ policy, registers }) =>
          registers.map(({ context, register, traps, saves, elided, restores }): DataCell[] => {
            return [trace, mode, policy, context, register, traps, saves, elided, restores, modelled ?? null];
          }),
        ),
      ),
    },
  };
}

interface Cell {
  readonly policy: string;
  readonly register: string;
  /** The register, and whose where that is the host's. */
  readonly name: string;
  /** Of save points: shares from 0 up. A register may trap more than once in a window that is left open to traps. */
  readonly elided: number;
  readonly traps: number;
  readonly title: string;
}

/** Of the registers to which a policy does something else than the first one. */
function cellsOf({ policies }: CountedTrace): Cell[] {
  const [first, ...rest] = policies;
  const keyOf = ({ context, register }: CountedRegister): string => `${context} ${register}`;
  const base = new Map(first?.registers.map((row) => [keyOf(row), row]));
  const changed = new Set(
    rest.flatMap(({ registers }) =>
      registers
        .filter((row) => {
          const eager = base.get(keyOf(row));
          return row.traps > 0 || row.saves !== eager?.saves || row.restores !== eager.restores;
        })
        .map(keyOf),
    ),
  );
  return rest.flatMap(({ policy, registers }) =>
    registers
      .filter((row) => changed.has(keyOf(row)))
      .map((row): Cell => {
        const { register, context, traps, saves, elided, restores } = row;
        const points = saves + elided;
        const name = context === "host" ? `${register} (host)` : register;
        return {
          policy,
          register,
          name,
          elided: points === 0 ? 0 : elided / points,
          traps: points === 0 ? (traps > 0 ? 1 : 0) : traps / points,
          title: `${name}, ${policy}\n${traps} traps, ${saves} saves, ${elided} elided, ${restores} restores`,
        };
      }),
  );
}

/** 0 by itself, then fifths. */
const stepOf = (share: number): Colour =>
  share <= 0 ? steps[0] : steps[Math.min(5, Math.max(1, Math.ceil(share * 5)))];

const shareText = (share: number): string => {
  const value = 100 * share;
  if (value === 0) return "0";
  return value < 0.1
    ? "<0.1"
    : value < 10
      ? value.toFixed(1)
      : value > 99.9 && value < 100
        ? ">99.9"
        : value.toFixed(0);
};

function picture(
  cells: readonly Cell[],
  of: "elided" | "traps",
  modelled: readonly string[],
  label: string,
): string {
  const names = once(cells.map(({ name }) => name));
  const policies = once(cells.map(({ policy }) => policy));
  return draw({
    label: `${label}, in per cent`,
    width: Math.min(panelWidth, Math.max(300, 150 + 110 * policies.length)),
    height: 30 + 18 * names.length + (modelled.length > 0 ? 18 : 0),
    marginLeft: Math.max(...names.map(wordWidth)) + 12,
    marginRight: 4,
    marginTop: 24,
    marginBottom: modelled.length > 0 ? 22 : 4,
    modelled,
    x: { type: "band", domain: policies, axis: "top", label: null, tickSize: 0, padding: 0.02 },
    y: { type: "band", domain: names, label: null, tickSize: 0, padding: 0.04 },
    marks: [
      cell(cells, { x: "policy", y: "name", fill: (each) => paint(stepOf(each[of])), title: "title" }),
      text(cells, {
        x: "policy",
        y: "name",
        text: (each) => shareText(each[of]),
        fill: (each) => paint(isDeep(stepOf(each[of])) ? "ground" : "ink"),
        pointerEvents: "none",
      }),
    ],
  });
}
