import { genericName } from "../registers/encoding.js";
import { trapKey } from "../registers/lookup.js";
import type { Register } from "../registers/register.js";
import { textList, textTable, type Cell } from "./text-table.js";

/** One line a register; `registerText` has the rest. */
export function registersText(registers: readonly Register[]): string {
  return textTable([
    ["register", "encoding", "class", "feature", "write trap", "TVM", "other\nwriters"],
    ...registers.map((register): Cell[] => [
      register.name,
      encodingText(register.encoding),
      register.class,
      register.feature,
      trapText(register),
      tvmText(register),
      { no: "", yes: "yes", "implementation-defined": "maybe" }[register.hardwareWritten],
    ]),
  ]);
}

/** Everything about registers, one below the other. */
export function registerText(registers: readonly Register[]): string {
  return registers
    .map((register) => {
      const { name, alias, feature, hardwareWritten, writtenBy, source, readOnly } = register;
      const maybe = hardwareWritten === "yes" ? "" : "maybe: ";
      const rows: [string, string | undefined][] = [
        ["encoding", encodingText(register.encoding)],
        ["under VHE", alias && `${alias.name}, ${genericName(alias.encoding)}`],
        ["class", register.class],
        ["feature", feature && `FEAT_${feature}`],
        ["write trap", trapText(register) || (readOnly === true ? "none: read only" : "no fine-grained one")],
        ["HCR_EL2.TVM", tvmText(register) && `traps writes${sinceText(register)}`],
        ["other writers", hardwareWritten === "no" ? undefined : `${maybe}${writtenBy ?? hardwareWritten}`],
        ["source", source],
      ];
      const shown = rows.flatMap(([key, value]): [string, string][] => (value ? [[`  ${key}`, value]] : []));
      return `${name}\n${textList(shown)}`;
    })
    .join("\n\n");
}

/** The pseudo register above the 16 bits has none. */
const encodingText = (encoding: number): string => (encoding > 0xffff ? "" : genericName(encoding));

/** The bit, and its value that traps. */
const trapText = (register: Register): string =>
  register.trap === undefined ? "" : `${trapKey(register) ?? ""} = ${register.trap.trapsWhen}`;

const tvmText = ({ tvm, tvmSince }: Register): string => (tvm === true ? (tvmSince ?? "yes") : "");
const sinceText = ({ tvmSince }: Register): string =>
  tvmSince === undefined ? "" : `, in the kernel's table since v${tvmSince}`;
