import { TraplineError } from "../../errors.js";
import { registerByName, registers as table } from "../../registers/lookup.js";
import { registerText, registersText } from "../../report/registers.js";
import type { JsonArgs } from "../args.js";
import { emit, emitJson } from "../output.js";

export interface RegistersArgs extends JsonArgs {
  readonly name: readonly string[];
}

export function registers(args: RegistersArgs): void {
  const found = args.name.map((name) => {
    const register = registerByName(name);
    if (register === undefined) throw new TraplineError("usage", `no register is called ${name}`);
    return register;
  });
  const list = found.length === 0 ? table : found;
  if (args.json) emitJson({ schema: "trapline.registers/1", registers: list }, args.output);
  else emit(found.length === 0 ? registersText(list) : registerText(list), args.output);
}
