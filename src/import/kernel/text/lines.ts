/** Longest line that is read, in bytes: lines of this kind have a few hundred. */
export const longestLine = 1 << 16;

export interface LineReader {
  /** The next bytes of the text; lines may be cut anywhere. */
  feed(chunk: Uint8Array): void;
  /** Hands on a last line that does not end, and says how much there was. */
  finish(): { readonly lines: number; readonly bytes: number };
}

/** A line without its end (LF or CRLF), its number from 1, and the offset in the text of `from`. */
export type OnLine = (bytes: Uint8Array, from: number, to: number, line: number, offset: number) => void;

export interface LineHandlers {
  readonly onLine: OnLine;
  /** A line that is too long, as far as it was kept. */
  readonly onLong: OnLine;
  /** What follows the last line's end, if anything. */
  readonly onRest: OnLine;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Cuts a text that comes in pieces into lines, without copying those that lie within a piece. */
export function createLineReader({ onLine, onLong, onRest }: LineHandlers): LineReader {
  let lines = 0;
  /** Bytes before the piece at hand, less those carried over. */
  let before = 0;
  /** The start of a line whose end has not come, of which no more than the longest line is kept. */
  let carried = new Uint8Array(0);
  let carriedLength = 0;

  function whole(bytes: Uint8Array, from: number, to: number, offset: number, length: number): void {
    lines++;
    if (length > longestLine) return onLong(bytes, from, to, lines, offset);
    const end = to > from && bytes[to - 1] === carriageReturn ? to - 1 : to;
    onLine(bytes, from, end, lines, offset);
  }

  function carry(rest: Uint8Array): void {
    const kept = rest.subarray(0, Math.max(0, longestLine - carried.length));
    const joined = new Uint8Array(carried.length + kept.length);
    joined.set(carried);
    joined.set(kept, carried.length);
    carried = joined;
    carriedLength += rest.length;
  }

  return {
    feed(chunk) {
      let at = 0;
      if (carriedLength > 0) {
        const end = chunk.indexOf(newline);
        if (end < 0) return carry(chunk);
        const offset = before;
        carry(chunk.subarray(0, end));
        const [bytes, length] = [carried, carriedLength];
        carried = new Uint8Array(0);
        carriedLength = 0;
        before += length - end;
        whole(bytes, 0, bytes.length, offset, length);
        at = end + 1;
      }
      for (;;) {
        const end = chunk.indexOf(newline, at);
        if (end < 0) break;
        whole(chunk, at, end, before + at, end - at);
        at = end + 1;
      }
      before += at;
      if (at < chunk.length) carry(chunk.subarray(at));
    },
    finish() {
      if (carriedLength > 0) {
        lines++;
        onRest(carried, 0, carried.length, lines, before);
      }
      return { lines, bytes: before + carriedLength };
    },
  };
}
