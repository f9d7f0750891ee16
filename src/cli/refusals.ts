import { TraplineError, formatError } from "../errors.js";
import type { TraceFile } from "./trace-file.js";

/** A configuration that could not be answered, and why. */
export interface Refusal {
  readonly what: string;
  readonly why: string;
}

/** Work that is done in parts, of which one that cannot be answered does not keep the others from theirs. */
export interface Refusals {
  readonly list: readonly Refusal[];
  /** Does a part; keeps an error that says that the part cannot be answered, and throws all others. */
  answer(what: string, file: TraceFile, part: () => void | Promise<void>): Promise<void>;
  /** Keeps an error of a part that is known not to be answered. */
  passOver(what: string, error: TraplineError): void;
  /** What there is to say where no part was answered. */
  nothing(otherwise?: string): TraplineError;
}

/** What an error says, without the trace that `what` names already. */
function whyOf(error: TraplineError, what: string, path: string, name: string): string {
  const { file, ...place } = error.place;
  const isNamed = file === path && place.line === undefined && what.startsWith(name);
  const shown = isNamed ? new TraplineError(error.code, error.message, place, error.remedy) : error;
  return formatError(shown).replace(path, name);
}

/** `endsAll`: errors that are the user's affair as the others are, and that no other part can do without. */
export function createRefusals(endsAll: (error: TraplineError) => boolean = () => false): Refusals {
  const list: Refusal[] = [];
  return {
    list,
    async answer(what, { path, name }, part) {
      try {
        await part();
      } catch (error) {
        const known = error instanceof TraplineError && ["unsupported", "usage"].includes(error.code);
        if (!known || endsAll(error)) throw error;
        list.push({ what, why: whyOf(error, what, path, name) });
      }
    },
    passOver: (what, error) => void list.push({ what, why: formatError(error) }),
    nothing(otherwise = "") {
      const why = list.map((each) => `${each.what}: ${each.why}`).join("; ");
      return new TraplineError("unsupported", why === "" ? otherwise : why);
    },
  };
}
