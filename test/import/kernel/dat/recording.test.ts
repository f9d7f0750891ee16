/**
 * A long recording, which is too large to be committed, against what trace-cmd prints of it. TRAPLINE_RECORDINGS
 * names the folder that holds both.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openInput } from "#src/import/input/open.js";
import { readBack } from "./host.js";

const recordings = process.env["TRAPLINE_RECORDINGS"] ?? "";
const binary = join(recordings, "two-guests.trace.dat");
const text = join(recordings, "two-guests.trace-cmd-report.txt.zst");
const minute = 60_000;

interface Printed {
  readonly counts: ReadonlyMap<string, number>;
  /** By thread: entries and exits, with time and reason. */
  readonly runs: ReadonlyMap<string, string[]>;
}

const line = /^.*?-(\d+)\s+\[(\d+)\] \S+\s+(\d+\.\d+): (\w+):\s+(.*)$/;
const exitCodes: Readonly<Record<string, string>> = { IRQ: "0", SERROR: "1", TRAP: "2" };

async function printed(): Promise<Printed> {
  const counts = new Map<string, number>();
  const runs = new Map<string, string[]>();
  const chunks: Buffer[] = [];
  for await (const chunk of (await openInput(text)).chunks) chunks.push(Buffer.from(chunk));
  for (const each of Buffer.concat(chunks).toString("latin1").split("\n")) {
    const found = line.exec(each);
    if (found === null) continue;
    const [, pid, , time, name, rest] = found;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (name !== "kvm_entry" && name !== "kvm_exit") continue;
    const [, code, esrClass] = /(\w+): HSR_EC: 0x([0-9a-f]+)/.exec(rest) ?? ["", "", ""];
    const reason = name === "kvm_exit" ? ` ${exitCodes[code]} ${Number.parseInt(esrClass, 16)}` : "";
    const list = runs.get(pid) ?? [];
    list.push(`${time} ${name}${reason}`);
    runs.set(pid, list);
  }
  return { counts, runs };
}

async function read(): Promise<Printed> {
  const { lines, passedOver } = await readBack([binary]);
  const counts = new Map(Object.entries(passedOver));
  const runs = new Map<string, string[]>();
  for (const each of lines) {
    const [time, , pid, name, ...fields] = each.split(" ");
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (name !== "kvm_entry" && name !== "kvm_exit") continue;
    // trace-cmd rounds to microseconds.
    const micros = Math.floor((Number(time) + 500) / 1000);
    const list = runs.get(pid) ?? [];
    const seconds = `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`;
    list.push([seconds, name, ...fields].join(" "));
    runs.set(pid, list);
  }
  return { counts, runs };
}

const isHere = existsSync(binary) && existsSync(text);

it("gives the events that trace-cmd prints", { timeout: 5 * minute }, async ({ skip }) => {
  skip(!isHere, "TRAPLINE_RECORDINGS names no folder with two-guests.trace.dat and its report");
  const [ours, theirs] = [await read(), await printed()];
  expect(theirs.counts.get("kvm_exit")).toBe(24_751);
  expect(ours.counts).toEqual(theirs.counts);
  expect(ours.runs).toEqual(theirs.runs);
});
