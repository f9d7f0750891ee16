import type { ExceptionCause } from "../machine/world.js";

/** What the name of an exception says. */
export interface ExceptionName {
  readonly cause: ExceptionCause;
  /** It was taken at the level that it came from. */
  readonly stays: boolean;
}

/** Names are few in a log; the number kept is bounded because the text is not trusted. */
const mostNames = 256;

export interface ExceptionNames {
  /** Reads a name, each once: undefined for a reset, which is no exception that anybody takes. */
  of(name: string): ExceptionName | undefined;
  /** What the bytes from `at` to `end` name, if they are among the first few names read and no reset's. */
  known(view: DataView, at: number, end: number): ExceptionName | undefined;
}

/** A name as bytes, for finding it without making a string of what is looked for. */
interface KnownName {
  readonly view: DataView;
  readonly what: ExceptionName;
}

/** A CPU takes exceptions of few names over and over. */
const mostKnown = 16;

export function createExceptionNames(): ExceptionNames {
  const names = new Map<string, ExceptionName | undefined>();
  const knownNames: KnownName[] = [];
  return {
    of(name) {
      const before = names.get(name);
      if (before !== undefined) return before;
      const read = readName(name);
      if (names.size < mostNames) names.set(name, read);
      if (read !== undefined && knownNames.length < mostKnown) {
        const bytes = Uint8Array.from(Buffer.from(name, "latin1"));
        knownNames.push({ view: new DataView(bytes.buffer), what: read });
      }
      return read;
    },
    known(view, at, end) {
      for (const { view: name, what } of knownNames) {
        if (name.byteLength === end - at && isSameText(name, view, at)) return what;
      }
      return undefined;
    },
  };
}

/** From the end: names differ there. */
function isSameText(name: DataView, view: DataView, at: number): boolean {
  let to = name.byteLength;
  for (; to >= 4; to -= 4) {
    if (name.getUint32(to - 4, true) !== view.getUint32(at + to - 4, true)) return false;
  }
  for (; to > 0; to--) if (name.getUint8(to - 1) !== view.getUint8(at + to - 1)) return false;
  return true;
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
