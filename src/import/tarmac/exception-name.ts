import type { ExceptionCause } from "../machine/world.js";

/** What the name of an exception says. */
export interface ExceptionName {
  readonly cause: ExceptionCause;
  /** It was taken at the level that it came from. */
  readonly stays: boolean;
}

/** Names are few in a log; the number kept is bounded because the text is not trusted. */
const mostNames = 256;

/** Reads names, each once: undefined for a reset, which is no exception that anybody takes. */
export function createExceptionNames(): { of(name: string): ExceptionName | undefined } {
  const known = new Map<string, ExceptionName | undefined>();
  return {
    of(name) {
      const before = known.get(name);
      if (before !== undefined) return before;
      const read = readName(name);
      if (known.size < mostNames) known.set(name, read);
      return read;
    },
  };
}

function readName(name: string): ExceptionName | undefined {
  if (/reset/i.test(name)) return undefined;
  return { cause: causeOf(name), stays: /current/i.test(name) };
}

/** `CURRENT_SPx_IRQ`; or by the offset of the vector: `[0x480] IRQ Lower EL` (Arm ARM, D1.3.1). */
function causeOf(name: string): ExceptionCause {
  const offset = /\[0x([0-9a-f]+)\]/i.exec(name)?.[1];
  if (offset !== undefined) {
    const causes = ["sync", "irq", "fiq", "serror"] as const;
    return causes[(Number.parseInt(offset, 16) >>> 7) & 3];
  }
  if (/irq/i.test(name)) return "irq";
  if (/fiq/i.test(name)) return "fiq";
  return /serror|system error/i.test(name) ? "serror" : "sync";
}
