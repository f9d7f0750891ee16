/** A cell: text as it is, or a number. Numbers stand right. */
export type Cell = string | number | undefined;

/** Rows as lines of aligned columns, two blanks apart. The first row is the head. */
export function textTable(rows: readonly (readonly Cell[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const texts = rows.map((row) => Array.from({ length: columns }, (_, at) => cellText(row[at])));
  const width = Array.from({ length: columns }, (_, at) => Math.max(...texts.map((row) => row[at].length)));
  const isNumber = Array.from({ length: columns }, (_, at) =>
    rows.slice(1).some((row) => typeof row[at] === "number"),
  );
  return texts
    .map((row) =>
      row
        .map((text, at) => (isNumber[at] ? text.padStart(width[at]) : text.padEnd(width[at])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Rows as a table of a mail or a web page that reads Markdown. */
export function markdownTable(rows: readonly (readonly Cell[])[]): string {
  const [head = [], ...rest] = rows;
  const line = (row: readonly Cell[]): string =>
    `| ${row.map((cell) => cellText(cell).replaceAll("|", "\\|")).join(" | ")} |`;
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
