/** A cell: text as it is, or a number. Numbers stand right. A line feed in a cell of the head makes two lines of it. */
export type Cell = string | number | undefined;

/** Columns of a text: what fits a mail with a quote mark or two before it. */
export const textWidth = 100;

/** Blanks between two columns. */
const gap = 2;

/**
 * Rows as lines of aligned columns. The first row is the head. What is wider than `textWidth` becomes several tables
 * below each other, each beginning with the first `keys` columns.
 */
export function textTable(rows: readonly (readonly Cell[])[], keys = 1): string {
  const columns = columnsOf(rows);
  const first = columns.slice(0, keys);
  const tables: Column[][] = [[]];
  let width = widthOf(first);
  for (const column of columns.slice(keys)) {
    const last = tables[tables.length - 1];
    width += gap + column.width;
    if (width > textWidth && last.length > 0) {
      tables.push([column]);
      width = widthOf(first) + gap + column.width;
    } else last.push(column);
  }
  return tables.map((rest) => linesOf([...first, ...rest])).join("\n\n");
}

interface Column {
  readonly width: number;
  /** The lines of the table, each padded to the width. */
  readonly lines: readonly string[];
}

function columnsOf(rows: readonly (readonly Cell[])[]): Column[] {
  const [head = [], ...body] = rows;
  const count = rows.reduce((most, { length }) => Math.max(most, length), 0);
  const heads = Array.from({ length: count }, (_, at) => cellText(head[at]).split("\n"));
  const height = Math.max(1, ...heads.map((lines) => lines.length));
  return heads.map((lines, at): Column => {
    const blank = Array.from({ length: height - lines.length }, () => "");
    const texts = [...blank, ...lines, ...body.map((row) => cellText(row[at]))];
    const width = texts.reduce((most, { length }) => Math.max(most, length), 0);
    const isNumber = body.some((row) => typeof row[at] === "number");
    return { width, lines: texts.map((text) => (isNumber ? text.padStart(width) : text.padEnd(width))) };
  });
}

const widthOf = (columns: readonly Column[]): number =>
  columns.reduce((sum, { width }) => sum + width, gap * Math.max(0, columns.length - 1));

function linesOf(columns: readonly Column[]): string {
  const [first = { lines: [] }] = columns;
  const lines = first.lines.map((_, at) =>
    columns
      .map((column) => column.lines[at])
      .join(" ".repeat(gap))
      .trimEnd(),
  );
  // Of a head in two lines, those that have one of them alone begin with an empty one.
  return lines
    .slice(
      Math.max(
        0,
        lines.findIndex((line) => line !== ""),
      ),
    )
    .join("\n");
}

/** Names and what belongs to them, below each other; what is long goes on under itself. */
export function textList(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = rows.reduce((most, [name]) => Math.max(most, name.length), 0) + gap;
  return rows.map(([name, value]) => wrapText(value, name.padEnd(width), " ".repeat(width))).join("\n");
}

/** Words in lines of at most `textWidth`; a longer word has a line of its own. */
export function wrapText(text: string, first: string, rest: string): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(" ")) {
    if (!empty && line.length + 1 + word.length > textWidth) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].map((each) => each.trimEnd()).join("\n");
}

/** Rows as a table of a mail or a web page that reads Markdown. */
export function markdownTable(rows: readonly (readonly Cell[])[]): string {
  const [head = [], ...rest] = rows;
  const line = (row: readonly Cell[]): string =>
    `| ${row.map((cell) => oneLine(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = head.map((_, at) => (rest.some((row) => typeof row[at] === "number") ? "---:" : "---"));
  return [line(head), `| ${rule.join(" | ")} |`, ...rest.map(line)].join("\n");
}

/** Rows as RFC 4180 has them, with line feeds. */
export function csvTable(rows: readonly (readonly Cell[])[]): string {
  const field = (cell: Cell): string => {
    const text = cellText(cell);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(field).join(",")).join("\n");
}

const cellText = (cell: Cell): string => (cell === undefined ? "" : String(cell));
const oneLine = (cell: Cell): string => cellText(cell).replaceAll("\n", " ");
