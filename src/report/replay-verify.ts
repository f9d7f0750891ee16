import type { Loss } from "../replay/values/loss.js";
import type { ValuesResult } from "../replay/values/values-result.js";
import { textTable, wrapText, type Cell } from "./text-table.js";

/** Losses that a text shows of a policy one by one. */
const mostShown = 10;

const whose = ({ vcpu, pcpu }: Loss): string => (vcpu < 0 ? `host of pcpu${pcpu}` : `vcpu${vcpu}`);

export function valuesText({ traces, kinds }: ValuesResult): string {
  return traces
    .flatMap(({ trace, clock, mode, kernel, policies, changedUnseen }) => {
      const table: Cell[][] = [
        ["policy", "values compared", "lost", "registers"],
        ...policies.map(({ policy, checked, lost, registers }): Cell[] => [
          policy,
          checked,
          lost,
          registers.map(({ register, count }) => `${register} ${count}`).join(", "),
        ]),
      ];
      const changed = Object.entries(changedUnseen).map(([register, count]) => `${register} ${count}`);
      return [
        `${trace}: mode ${mode}, kernel ${kernel}`,
        "",
        textTable(table, table[0].length),
        ...policies
          .filter(({ lost }) => lost > 0)
          .flatMap(({ policy, lost, losses }) => {
            const shown = losses.slice(0, mostShown);
            const rows: Cell[][] = [
              [`time (${clock})`, "whose", "register", "expected", "found", "what"],
              ...shown.map((loss): Cell[] => [
                loss.time,
                whose(loss),
                loss.register,
                loss.expected ?? "-",
                loss.found ?? "-",
                loss.kind,
              ]),
            ];
            const used = [...new Set(shown.map(({ kind }) => kind))];
            return [
              "",
              lost > shown.length
                ? `${policy} loses ${lost} values; the first ${shown.length}:`
                : `${policy} loses ${lost} value${lost === 1 ? "" : "s"}:`,
              "",
              textTable(rows, rows[0].length),
              ...used.map((kind) => wrapText(`${kind}: ${kinds[kind]}.`, "", "  ")),
            ];
          }),
        "",
        wrapText(
          changed.length === 0
            ? "No value changed without an event that says so."
            : `Changed without an event that says so, by hardware or hypervisor: ${changed.join(", ")}.`,
          "",
          "  ",
        ),
        "",
      ];
    })
    .join("\n")
    .trimEnd();
}
