import type { RecordedCosts } from "../verdict/recorded.js";
import type { Spread } from "../verdict/histogram.js";
import { textTable, wrapText, type Cell } from "./text-table.js";

const head = ["count", "median", "p10", "p90", "min", "max"] as const;

/** What a recording shows of prices: traps by path and reason, then the switch code by register. */
export function recordedText(costs: RecordedCosts): string {
  const { trace, mode, unit, traps, switches, save, restore, fullAccesses, fullExits } = costs;
  const parts = [`${trace}: mode ${mode}, in ${unit} of its own clock`, ""];
  if (traps.length > 0) {
    const rows = traps.map(({ path, reason, outcome, spread, unmatched }): Cell[] => [
      path,
      reason,
      outcome ?? "",
      ...cells(spread),
      unmatched,
    ]);
    const all = (name: string, spread: Spread | null): Cell[][] =>
      spread === null ? [] : [["full", name, "", ...cells(spread)]];
    parts.push("From guest exit to entry");
    parts.push(
      textTable(
        [
          ["path", "reason", "access", ...head, "no entry"],
          ...rows,
          ...all("any SYS64", fullAccesses),
          ...all("all but WFx", fullExits),
        ],
        3,
      ),
      "",
    );
  }
  if (switches.length > 0) {
    const rows = switches.map(({ kind, register, spread }): Cell[] => [kind, register, ...cells(spread)]);
    const all = (name: string, spread: Spread | null): Cell[][] =>
      spread === null ? [] : [[name, "EL1 state", ...cells(spread)]];
    parts.push("Switch code, from one access to the next");
    parts.push(
      textTable(
        [["pass", "register", ...head], ...rows, ...all("saves", save), ...all("restores", restore)],
        2,
      ),
      "",
    );
  }
  parts.push(...recordedNotes(costs).map((note) => wrapText(note, "Note: ", "      ")));
  return parts.join("\n").trimEnd();
}

/** What the figures are of, and what they are not. */
export function recordedNotes({ loads, mayHavePauth, traps, switches, ...rest }: RecordedCosts): string[] {
  const notes: string[] = [];
  if (traps.length > 0) {
    notes.push(
      loads
        ? "An exit counts to the next entry of its vCPU on the same pCPU within the same load; other exits are under `no entry`."
        : "An exit counts to the next entry of its vCPU on the same pCPU; the recording has no loads and puts, so that a vCPU that slept between counts with its sleep.",
      "A retried access is what a policy's trap is: the hypervisor opened the register and let the guest try again. An emulated one it did itself.",
    );
    if (mayHavePauth)
      notes.push("Traps of a guest with pointer authentication switch its keys within these figures.");
  } else notes.push("No guest exits are in the recording.");
  if (switches.length > 0) {
    notes.push(
      "A register's gap is from the access before it in the same pass, so the first of a pass has none; what the switch code decides before a register is in its gap. `EL1 state` takes only what follows its neighbour in the kernel's order.",
    );
    if (rest.skipsSaves) {
      notes.push(
        "The recorded kernel saves some registers only at times: its tests for that are in the gaps of its saves, and a price of a dirty test comes on top.",
      );
    }
  } else notes.push("No pass of the switch code is in the recording.");
  const spreads = [
    ...traps.map(({ spread }) => spread),
    ...switches.map(({ spread }) => spread),
    rest.save,
    rest.restore,
    rest.fullAccesses,
    rest.fullExits,
  ];
  const exact = spreads.every((spread) => spread === null || spread.exact);
  notes.push(
    exact
      ? "Medians and percentiles are exact, by nearest rank."
      : "Medians and percentiles are by nearest rank, exact up to 4096 values and below 2048; others are off by less than 0.1 %.",
  );
  return notes;
}

const cells = (spread: Spread | null): Cell[] =>
  spread === null
    ? [0, undefined, undefined, undefined, undefined, undefined]
    : [spread.count, spread.median, spread.p10, spread.p90, spread.min, spread.max];
