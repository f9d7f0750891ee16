/** A field of a CSV as RFC 4180 has it. */
const csvField = (field: string): string =>
  /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

function save(name: string, pieces: readonly string[]): void {
  const url = URL.createObjectURL(new Blob([...pieces], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The figures of a table, in full digits. */
function tableCsv(table: HTMLTableElement): string {
  const lines = [...table.rows].map((row) =>
    [...row.cells].map((cell) => csvField(cell.dataset["value"] ?? cell.textContent ?? "")).join(","),
  );
  return `${lines.join("\n")}\n`;
}

/** Every window of a timeline, a row each. */
function timelineCsv({ columns, vcpus, trace }: Packed): string[] {
  const names = columns.map(({ what, of }) => (of === "" ? what : `${what} ${of}`));
  const pieces = [`${["trace", "vcpu", "start", "length", ...names].map(csvField).join(",")}\n`];
  for (const vcpu of vcpus) {
    const head = [trace, vcpu.name].map(csvField).join(",");
    for (const block of vcpu.levels[0]?.blocks ?? []) {
      const { count, starts, loaded, counts } = unpackBlock(block, 0, columns.length);
      const lines: string[] = [];
      for (let row = 0; row < count; row++) {
        lines.push(
          `${head},${starts[row]},${loaded[row]},${counts.map((column) => column[row]).join(",")}\n`,
        );
      }
      pieces.push(lines.join(""));
    }
  }
  return pieces;
}

function addDownloads(timelines: readonly Packed[]): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-csv]")) {
    const name = button.dataset["csv"] ?? "";
    button.hidden = false;
    button.addEventListener("click", () => {
      const table = document.querySelector<HTMLTableElement>(`table[data-table="${name}"]`);
      if (table !== null) save(`${name}.csv`, [tableCsv(table)]);
    });
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-windows]")) {
    const at = Number(button.dataset["windows"]);
    button.hidden = false;
    button.addEventListener("click", () => save(`windows-${at + 1}.csv`, timelineCsv(timelines[at])));
  }
}
