/** Pieces of about this many characters are written at once. */
const pieceLength = 1 << 16;

/** Lines joined to pieces. */
export function* pieces(lines: Iterable<string>): Generator<string> {
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length >= pieceLength) {
      yield text;
      text = "";
    }
  }
  if (text !== "") yield text;
}
