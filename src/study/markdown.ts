import type { Cell } from "../report/text-table.js";
import type { Answered } from "./question.js";
import type { Study } from "./study.js";
import {
  aboutPrices,
  aboutRecordings,
  closing,
  opening,
  priceRows,
  recordingTable,
  repeatLines,
  studyTitle,
  summaryRows,
} from "./text.js";

/** As wide as a mail that will be quoted. */
const lineWidth = 78;

/** The folder of the pictures, beside the text. */
export const pictureFolder = "study";

/** The study as Markdown that reads as plain text, too. */
export function studyMarkdown(study: Study): string {
  const parts = [
    `# ${studyTitle}`,
    ...opening(study).map((each) => wrap(each)),
    "## In short",
    bullets(summaryRows(study).map(([title, short]) => `**${title}** ${short}`)),
    "## Recordings",
    ...aboutRecordings.map((each) => wrap(each)),
    table(recordingTable(study)),
    "To repeat a command below, first make the traces (`kvm-vhe.tarmac` and so on\nare the recordings), and copy `traces/chatty-vhe.policy.yaml` beside them:",
    code(repeatLines(study)),
    "## Prices",
    ...aboutPrices.map((each) => wrap(each)),
    bullets(priceRows(study).map(([name, words]) => `**${name}** ${words}`)),
    ...study.answers.flatMap((answer, at) => answerParts(answer, at + 1)),
    "## What none of this shows",
    ...closing.map((each) => wrap(each)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function answerParts(answer: Answered, number: number): string[] {
  const { id, title, raised, recordings, commands, picture, certainty, unknown } = answer;
  return [
    `## ${number}. ${title}`,
    wrap(raised, "> ", "> "),
    wrap(`**${answer.short}**`),
    ...answer.text.map((each) => wrap(each)),
    `Recording${recordings.length === 1 ? "" : "s"}: ${recordings.map((name) => `\`${name}\``).join(", ")}. Command${commands.length === 1 ? "" : "s"}:`,
    code(commands.flatMap((command) => broken(command))),
    table(answer.table),
    picture.panels.length === 0
      ? wrap(picture.summary.join(" "))
      : `![${picture.title}](${pictureFolder}/${id}.svg)`,
    "How sure:",
    bullets(certainty),
    "What is not known:",
    bullets(unknown),
  ];
}

const bullets = (lines: readonly string[]): string => lines.map((each) => wrap(each, "- ", "  ")).join("\n");
const code = (lines: readonly string[]): string => ["```", ...lines, "```"].join("\n");

/** A long command over several lines, as a shell takes it. */
function broken(command: string): string[] {
  // An option stays with its value.
  const words = command.match(/--?[\w-]+ [^-\s]\S*|\S+/g) ?? [];
  const lines: string[] = [];
  let line = words[0] ?? "";
  for (const word of words.slice(1)) {
    if (line.length + word.length + 3 > lineWidth) {
      lines.push(`${line} \\`);
      line = `    ${word}`;
    } else line += ` ${word}`;
  }
  return [...lines, line];
}

/** Columns aligned, so that it can be read without being rendered. Numbers and signed figures stand right. */
function table(rows: readonly (readonly Cell[])[]): string {
  const cells = rows.map((row) => row.map((cell) => String(cell ?? "").replaceAll("|", "\\|")));
  const widths = cells[0].map((_, at) => Math.max(3, ...cells.map((row) => row[at].length)));
  const isRight = widths.map((_, at) =>
    cells.slice(1).every((row) => /^(?:[-+]?\d[\d.]*(?: %)?|-)$/.test(row[at])),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => (isRight[at] ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join(" | ")} |`;
  const rule = widths.map((width, at) => (isRight[at] ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [line(cells[0]), `| ${rule.join(" | ")} |`, ...cells.slice(1).map(line)].join("\n");
}

/** Words in lines; code between backquotes and links are not broken. */
function wrap(text: string, first = "", rest = ""): string {
  const words = text.match(/(?:`[^`]*`|\[[^\]]*\]\([^)]*\)|\S)+/g) ?? [];
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of words) {
    if (!isEmpty && line.length + 1 + word.length > lineWidth) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join("\n");
}
