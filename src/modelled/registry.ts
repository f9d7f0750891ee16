import { TraplineError } from "../errors.js";
import { every } from "./every.js";
import { from } from "./from.js";
import type { ExitModel, ExitModelKind } from "./model.js";
import { poisson } from "./poisson.js";

/** Every kind of model of exits: one file each, one line here. */
const exitModels: readonly ExitModelKind[] = [every, poisson, from];

/** The model that `--exits` names. Throws TraplineError "usage". */
export function exitModel(text: string, seed: number): ExitModel {
  const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const found = exitModels.find((each) => each.name === name);
  if (found !== undefined) return found.parse(value, seed);
  const forms = exitModels.map(({ usage }) => usage).join(", ");
  throw new TraplineError("usage", `--exits takes ${forms}, not "${text}"`);
}
