import { Reason, noSyndrome } from "#src/trace/exits.js";
import { Kind, kindName } from "#src/trace/kinds.js";
import { traceEvents } from "#src/trace/events.js";
import type { TraceHeader } from "#src/trace/header.js";
import { openTrace, type Trace } from "#src/trace/reader.js";
import { stepKind, stepRegister } from "#src/trace/windows/step.js";
import type { TraceWindows } from "#src/trace/windows/trace-windows.js";
import { fields, writeTrace, type Sample } from "./support.js";

/** What a golden trace says, for people: one line of JSON for each event. */
export interface Told {
  readonly header: TraceHeader;
  readonly events: readonly ToldEvent[];
  readonly windows: ToldWindows;
}

interface ToldWindows {
  /** By segmentation: each vCPU's windows, in order, as words. */
  readonly runs: readonly (readonly string[])[];
  readonly loads: readonly (readonly string[])[];
  readonly stays: readonly string[];
  readonly beforeCaches: readonly string[];
}

interface ToldEvent {
  readonly kind: string;
  readonly register: string | null;
  readonly pcpu: number;
  readonly vcpu: number | null;
  readonly time: number;
  readonly value: string | null;
}

const hex = (number: number, digits: number): string => `0x${number.toString(16).padStart(digits, "0")}`;

export function tell(path: string): Told {
  const trace = openTrace(path);
  const { header } = trace;
  const events = Array.from(traceEvents(trace), ({ kind, register, place, time, hasValue, lo, hi }) => {
    const vcpu = header.places[2 * place + 1];
    return {
      kind: kindName(kind),
      register: register === 0 ? null : hex(header.registers[register], 4),
      pcpu: header.pcpus[header.places[2 * place]].pcpu,
      vcpu: vcpu < 0 ? null : vcpu,
      time,
      value: hasValue ? `0x${hex(hi, 8).slice(2)}${hex(lo, 8).slice(2)}` : null,
    };
  });
  const windows = tellWindows(trace);
  trace.close();
  return { header, events, windows };
}

function tellWindows(trace: Trace): ToldWindows {
  const { registers, vcpus } = trace.header;
  const named = (kind: number, register: number): string =>
    register === 0 ? kindName(kind) : `${kindName(kind)} ${hex(registers[register], 4)}`;
  const { once } = trace.windows();
  const told = (segmentation: number): string[][] => {
    const lists = vcpus.map((): string[] => []);
    for (const { vcpu, steps } of eachWindow(trace.windows(), segmentation)) {
      const words = Array.from(steps, (step) => named(stepKind(step), stepRegister(step)));
      lists[vcpu].push(words.join(", "));
    }
    return lists;
  };
  return {
    runs: told(0),
    loads: told(1),
    stays: once.stays.map(([kind, vcpu, count]) => `${kindName(kind)} of ${vcpu}: ${count}`),
    beforeCaches: once.beforeCaches.map(
      ([kind, register, vcpu, count]) => `${named(kind, register)} of ${vcpu}: ${count}`,
    ),
  };
}

/** Every window of a segmentation, block by block, as FORMAT.md says that a reader goes through them. */
export function* eachWindow(
  { dictionaries, blocks, read }: TraceWindows,
  segmentation: number,
): Generator<{ readonly vcpu: number; readonly steps: Uint16Array }> {
  const { offsets, steps } = dictionaries[segmentation];
  for (const block of [...blocks].keys()) {
    const { segmentation: own, vcpus, lengths, words } = read(block);
    let at = 0;
    for (const [chunk, vcpu] of own === segmentation ? vcpus.entries() : []) {
      const end = at + lengths[chunk];
      while (at < end) {
        const number = words[at++];
        if (number < 0xffff) yield { vcpu, steps: steps.slice(offsets[number], offsets[number + 1]) };
        else {
          const length = words[at++];
          yield { vcpu, steps: words.slice(at, at + length) };
          at += length;
        }
      }
    }
  }
}

export function toldAsText({ header, events, windows }: Told): string {
  const lines = events.map((event) => `    ${JSON.stringify(event)}`);
  const list = JSON.stringify(windows, undefined, 2).replaceAll("\n", "\n  ");
  return `{\n  "header": ${JSON.stringify(header)},\n  "events": [\n${lines.join(",\n")}\n  ],\n  "windows": ${list}\n}\n`;
}

const [SCTLR_EL1, TTBR0_EL1, TPIDR_EL0, CNTVCT_EL0, FPSIMD] = [0xc080, 0xc100, 0xde82, 0xdf02, 0x1_0000];

/** ESR_EL2 of a trapped MSR of TTBR0_EL1, of a trapped MRS of CNTVCT_EL0, of a WFI. */
const [trappedMsr, trappedMrs, wfi] = [0x6230_0800, 0x6234_f801, 0x0600_0000];

/** The trace that is kept for ever, of each version of the format: events of every kind, in several blocks. */
export function writeGolden(path: string): void {
  const samples: Sample[] = [];
  let time = 2 ** 40;
  const add = (kind: number, encoding: number, vcpu: number, value?: readonly [number, number]): void => {
    time += 17;
    samples.push({ kind, encoding, pcpu: Math.max(vcpu, 0), vcpu, time, value });
  };
  for (let turn = 0; turn < 12; turn++) {
    const vcpu = turn % 2;
    if (turn % 4 < 2) {
      // Learned late, as an importer does: the restore was before the load.
      time -= 40;
      add(Kind.restoreGuest, TPIDR_EL0, vcpu, [turn, 0xffff_8000]);
      add(Kind.load, 0, vcpu);
    }
    add(Kind.runStart, 0, vcpu);
    add(Kind.saveHost, SCTLR_EL1, vcpu, [0x30d0_198d, 0]);
    add(Kind.restoreGuest, SCTLR_EL1, vcpu, [0x3495_d99d, 0]);
    add(Kind.entry, 0, vcpu);
    for (let step = 0; step < 6; step++) {
      add(Kind.guestWrite, TTBR0_EL1, vcpu, [0x4000_0000 + 0x1000 * step, turn]);
      add(Kind.guestRead, CNTVCT_EL0, vcpu);
    }
    add(Kind.fastExit, TTBR0_EL1, vcpu, [trappedMsr, 0]);
    add(Kind.emulatedWrite, TTBR0_EL1, vcpu);
    add(Kind.entry, 0, vcpu);
    add(Kind.guestRead, FPSIMD, vcpu);
    add(Kind.fullExit, 0, vcpu, turn % 3 === 0 ? [wfi, 0] : [Reason.irq, noSyndrome]);
    add(Kind.saveGuest, SCTLR_EL1, vcpu, [0x3495_d99d, 0]);
    add(Kind.restoreHost, SCTLR_EL1, vcpu, [0x30d0_198d, 0]);
    add(Kind.runEnd, 0, vcpu);
    if (turn % 4 > 1) add(Kind.put, 0, vcpu);
  }
  add(Kind.fullExit, CNTVCT_EL0, 0, [trappedMrs, 0]);
  add(Kind.emulatedRead, CNTVCT_EL0, 0, [0xffff_ffff, 0xffff_ffff]);
  add(Kind.fullExit, 0, 1);
  add(Kind.hypRead, TPIDR_EL0, 1, [1, 2]);
  add(Kind.hypWrite, TPIDR_EL0, 1, [3, 4]);
  add(Kind.userRead, SCTLR_EL1, 0);
  add(Kind.userWrite, SCTLR_EL1, 0, [5, 6]);
  time += 2 ** 33;
  add(Kind.lost, 0, -1, [1234, 0]);
  time = Number.MAX_SAFE_INTEGER - 17;
  add(Kind.lost, 0, -1);

  const { source, clock, capabilities, ...rest } = fields;
  writeTrace(
    path,
    samples,
    // Windows without a number too, and blocks of them between those of events.
    { blockEvents: 96, numberedWindows: 1, windowWords: 5 },
    {
      ...rest,
      tool: "trapline 0.1.0",
      source: { ...source, name: "golden", bytes: 123_456, lines: 789 },
      clock: { ...clock, unit: "instructions" },
      capabilities: { ...capabilities, guestReads: "all" },
      pcpus: [0, 4],
      vcpus: [
        { vm: 1, mpidr: 0x8000_0000 },
        { vm: 2, mpidr: 0x8000_0001 },
      ],
      recorded: {
        guestSave: [SCTLR_EL1],
        guestRestore: [SCTLR_EL1, TPIDR_EL0],
        hostSave: [SCTLR_EL1],
        hostRestore: [SCTLR_EL1],
      },
      passedOver: { "memory access": 1000 },
      anomalies: { "run without a recognised start": 1 },
    },
  );
}
