import { registerByEncoding, registerName } from "../registers/lookup.js";
import { exitReason, Reason } from "../trace/exits.js";
import { traceEvents, type TraceEvent } from "../trace/events.js";
import { Kind, kindName } from "../trace/kinds.js";
import type { Trace } from "../trace/reader.js";
import { pieces } from "./pieces.js";

/**
 * What a recording held, back as Tarmac text in the form of Fast Models: each access with its value, each entry and
 * exit, what the kernel saved and restored. Addresses of instructions are not in a trace and read as 0, as do general
 * registers' numbers. What no instruction shows (loads, puts, runs, accesses that the hypervisor did itself) are SIGNAL
 * lines, which readers of Tarmac pass over. It is text to look at and for other tools: HCR_EL2 and the like, by which
 * an import finds out who runs, are no events of a trace.
 */
export function* tarmac(trace: Trace): Generator<string> {
  yield* pieces(lines(trace));
}

/** Bits of MSR and MRS beside the encoding, which is bits 20 to 5; Rt is x0. */
const msr = 0xd500_0000;
const mrs = 0xd520_0000;
const eret = "d69f03e0";

/** At which level accesses of these kinds were made, and whether they write. */
const accesses: Readonly<Record<number, readonly [level: number, isWrite: boolean]>> = {
  [Kind.guestWrite]: [1, true],
  [Kind.guestRead]: [1, false],
  [Kind.saveGuest]: [2, false],
  [Kind.restoreGuest]: [2, true],
  [Kind.saveHost]: [2, false],
  [Kind.restoreHost]: [2, true],
  [Kind.hypRead]: [2, false],
  [Kind.hypWrite]: [2, true],
};

/** Of contexts that a VHE host reaches by the other names of these registers. */
const guestContext: readonly number[] = [Kind.saveGuest, Kind.restoreGuest, Kind.hypRead, Kind.hypWrite];

const causes: Readonly<Record<number, readonly [number: number, name: string]>> = {
  [Reason.irq]: [9, "IRQ"],
  [Reason.fiq]: [10, "FIQ"],
  [Reason.serror]: [11, "SERROR"],
};
const synchronous = [8, "SYNC"] as const;

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).padStart(digits, "0");
const valueText = ({ lo, hi }: TraceEvent): string => `${hex(hi, 8)}${hex(lo, 8)}`;

function* lines(trace: Trace): Generator<string> {
  const { header } = trace;
  const { places, pcpus, registers, mode } = header;
  for (const event of traceEvents(trace)) {
    const { kind, register, place, time, hasValue } = event;
    const [pcpu, vcpu] = [places[2 * place], places[2 * place + 1]];
    const start = `${time} clk cpu${pcpus[pcpu].pcpu}`;
    const instruction = (level: number, opcode: string, text: string): string =>
      `${start} IT (${time}) 0000000000000000 ${opcode} O EL${level}h_n : ${text}\n`;
    const access = accesses[kind];
    const encoding = registers[register] ?? -1;
    if (access !== undefined && encoding >= 0 && encoding < 0x1_0000) {
      const [level, isWrite] = access;
      const known = registerByEncoding(encoding);
      const alias = mode === "vhe" && guestContext.includes(kind) ? known?.alias : undefined;
      const name = alias?.name ?? registerName(encoding);
      const opcode = hex((isWrite ? msr : mrs) + ((alias?.encoding ?? encoding) << 5), 8);
      yield instruction(level, opcode, isWrite ? `MSR      ${name},x0` : `MRS      x0,${name}`);
      if (hasValue) yield `${start} R ${isWrite ? registerName(encoding) : "X0"} ${valueText(event)}\n`;
    } else if (kind === Kind.entry) {
      yield instruction(2, eret, "ERET");
    } else if (kind === Kind.fullExit || kind === Kind.fastExit) {
      const [number, cause] = causes[exitReason(hasValue, event.lo, event.hi)] ?? synchronous;
      yield `${start} E 0000000000000000 ${hex(number, 8)} CoreEvent_LOWER_64_${cause}\n`;
      if (number === synchronous[0] && hasValue) yield `${start} R ESR_EL2 ${valueText(event)}\n`;
    } else {
      const who = vcpu < 0 ? "" : ` vcpu=${vcpu}`;
      const what = encoding < 0 || register === 0 ? "" : ` ${registerName(encoding)}`;
      yield `${start} SIGNAL TRAPLINE ${kindName(kind)}${who}${what}${hasValue ? ` ${valueText(event)}` : ""}\n`;
    }
  }
}
