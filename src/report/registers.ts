import { genericName } from "../registers/encoding.js";
import { trapKey } from "../registers/lookup.js";
import type { Register } from "../registers/register.js";
import { textTable, type Cell } from "./text-table.js";

export function registersText(registers: readonly Register[]): string {
  return textTable([
    ["register", "generic", "alias", "class", "feature", "write trap", "TVM", "hardware writes", "source"],
    ...registers.map((register): Cell[] => {
      const { name, encoding, alias, feature, trap, tvm, tvmSince, hardwareWritten, writtenBy, source } =
        register;
      return [
        name,
        encoding > 0xffff ? "" : genericName(encoding),
        alias?.name,
        register.class,
        feature,
        trap === undefined ? "" : `${trapKey(register) ?? ""}=${trap.trapsWhen}`,
        tvm === true ? (tvmSince ?? "yes") : "",
        hardwareWritten === "no" ? "" : (writtenBy ?? hardwareWritten),
        source,
      ];
    }),
  ]);
}
