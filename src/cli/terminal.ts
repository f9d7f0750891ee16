import type { Terminal } from "../report/terminal/glyphs.js";

/**
 * The terminal that a result goes to; undefined where it goes elsewhere and is to be plain. Letters beyond ASCII need
 * a locale of UTF-8 (POSIX: LC_ALL before LC_CTYPE before LANG); NO_COLOR is that of no-color.org.
 */
export function terminalOf(output: string | undefined): Terminal | undefined {
  const { env, stdout } = process;
  if ((output !== undefined && output !== "-") || !stdout.isTTY || env["TERM"] === "dumb") return undefined;
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find(
    (each) => each !== undefined && each !== "",
  );
  const noColour = env["NO_COLOR"];
  return {
    unicode: /utf-?8/i.test(locale ?? ""),
    colour: noColour === undefined || noColour === "",
  };
}

/** A text with a drawing below it, where there is one. */
export const withDrawing = (
  text: string,
  output: string | undefined,
  draw: (terminal: Terminal) => string,
): string => {
  const terminal = terminalOf(output);
  const drawing = terminal === undefined ? "" : draw(terminal);
  return drawing === "" ? text : `${text}\n\n${drawing}`;
};
