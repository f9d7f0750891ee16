import { describe, expect, it } from "vitest";
import { TraplineError } from "#src/errors.js";
import { longestLine } from "#src/import/kernel/text/lines.js";
import { cut, cutNames, scan, told } from "../scanned.js";

const entry = (time: string, pid = 7, name = "vcpu"): string =>
  `   ${name}-${pid}   [002] d..1.  ${time}: kvm_entry: PC: 0x80200000\n`;
const exit = (time: string, pid = 7, name = "vcpu"): string =>
  `   ${name}-${pid}   [002] ...1.  ${time}: kvm_exit: IRQ: HSR_EC: 0x0000 (UNKNOWN), PC: 0x80200000\n`;
const run = entry("1.000001") + exit("1.000003");
const events = [
  "v0 p0 load @1000001000",
  "v0 p0 runStart @1000001000",
  "v0 p0 entry @1000001000",
  "v0 p0 fullExit 8000000000000040 @1000003000",
  "v0 p0 runEnd @1000003000",
];

function refused(text: string): TraplineError {
  try {
    scan(text);
  } catch (error) {
    if (error instanceof TraplineError) return error;
    throw error;
  }
  throw new Error("was read");
}

describe("a kernel's tracing text", () => {
  it("gives runs", () => {
    const { host, text, ...scanned } = scan(run);
    expect(told(scanned)).toEqual(events);
    expect(host.pcpus).toEqual([2]);
    expect(host.vcpus).toEqual([{ vm: -1, mpidr: 0, thread: 7, name: "vcpu" }]);
    expect(text).toMatchObject({ dialect: "tracefs trace_pipe", unit: "ns", lines: 2, bytes: run.length });
  });

  it.each<[string, string]>([
    ["CRLF", run.replaceAll("\n", "\r\n")],
    ["empty lines", `\n\r\n${run}\n`],
    ["comments", `# tracer: nop\n#\n# entries-in-buffer/entries-written: 2/2   #P:2\n${run}# end\n`],
    ["an announced buffer", `##### CPU 2 buffer started ####\n${run}`],
    ["notes of trace-cmd", `version = 6\nCPU 1 is empty\ncpus=2\n${run}`],
    ["lines of other tracers", `${run}vcpu-7 [002] ...1. 1.1: do_idle <-cpu_startup\n`],
    ["other events", `${run}vcpu-7 [002] ...1. 1.1: irq_handler_entry: irq=1\n`],
  ])("reads past %s", (_, text) => {
    expect(told(scan(text))).toEqual(events);
  });

  it("is the same wherever it is cut into pieces", () => {
    const text = cut("kvm-nvhe.trace.txt.gz").split("\n").slice(0, 60).join("\n").concat("\n");
    const whole = scan(text);
    expect(whole.events.length).toBeGreaterThan(20);
    for (const piece of [1, 2, 3, 7, 64, 100, 1000]) expect(scan(text, { piece })).toEqual(whole);
  });

  it.each(cutNames)("reads every line of %s, with LF and with CRLF", (name) => {
    const text = cut(name);
    const whole = scan(text);
    expect(whole.text.malformed).toBe(0);
    expect(whole.host.anomalies).toEqual({});
    expect(scan(text.replaceAll("\n", "\r\n")).events).toEqual(whole.events);
  });

  it("counts what it passes over by name, most frequent first", () => {
    const other = (name: string): string => `vcpu-7 [002] ...1. 1.1: ${name}: x\n`;
    const { text } = scan(
      `${run}${other("b")}${other("a")}${other("a")}hello\nvcpu-7 [002] ...1. 1.1: f <-g\n`,
    );
    expect(Object.entries(text.passedOver)).toEqual([
      ["a", 2],
      ["b", 1],
      ["line of another tracer", 1],
      ["other line", 1],
    ]);
  });

  it("keeps no more names than a recording has", () => {
    const names = Array.from({ length: 5000 }, (_, at) => `vcpu-7 [002] ...1. 1.1: event_${at}: x\n`).join(
      "",
    );
    const { passedOver } = scan(run + names).text;
    expect(Object.keys(passedOver).length).toBeLessThan(300);
    expect(Object.values(passedOver).reduce((sum, count) => sum + count)).toBe(5000);
  });

  it.each<[string, string, string]>([
    ["no name", "<...>", ""],
    ["a comm", "CPU 0/KVM", "CPU 0/KVM"],
    ["a comm that is no ASCII", "\xe9t\xe9", "?t?"],
  ])("takes down the thread's name: %s", (_, name, expected) => {
    const [vcpu] = scan(entry("1.1", 7, name) + exit("1.2", 7, name)).host.vcpus;
    expect(vcpu.name ?? "").toBe(expected);
  });

  it("names the process where it is printed", () => {
    const text = run.replaceAll("[002]", "(   99) [002]");
    expect(scan(text).host.vcpus).toEqual([{ vm: -1, mpidr: 0, thread: 7, process: 99, name: "vcpu" }]);
  });
});

describe("clocks", () => {
  it.each<[string, string, string, number]>([
    ["microseconds", "12.000345", "ns", 12_000_345_000],
    ["nanoseconds", "12.000345678", "ns", 12_000_345_678],
    ["ticks", "12000345", "ticks", 12_000_345],
  ])("reads %s", (_, time, unit, expected) => {
    const { text, events: found } = scan(entry(time) + exit(time));
    expect({ unit: text.unit, origin: text.origin, time: found[0].time }).toEqual({
      unit,
      origin: 0,
      time: expected,
    });
  });

  it("takes seconds off a clock that passes 2^53 ns", () => {
    const { text, events: found } = scan(entry("1700000000.000001") + exit("1700000001.000001"));
    expect(text.origin).toBe(1_700_000_000 - 3600);
    expect(found[0].time).toBe(3600 * 1e9 + 1000);
    expect((found.at(-1)?.time ?? 0) - found[0].time).toBe(1e9);
  });

  it.each(["5", "99999999999999999999.000001", "1.000001e5"])(
    "refuses %s among times of another kind",
    (time) => {
      expect(refused(run + entry(time)).code).toBe("input");
      expect(scan(run + entry(time), { onError: "skip" }).events).toHaveLength(5);
    },
  );
});

describe("lost events", () => {
  const lost = (line: string): ReturnType<typeof scan> => scan(`${run}${line}\n${run}`);
  it.each<[string, number]>([
    ["CPU:2 [LOST 123 EVENTS]", 123],
    ["CPU:2 [LOST EVENTS]", 0],
    ["CPU:2 [123 EVENTS DROPPED]", 123],
    ["CPU:2 [EVENTS DROPPED]", 0],
    ["  vcpu  7 [002]  1.000004: PERF_RECORD_LOST lost 123", 123],
  ])("are events of their own: %s", (line, count) => {
    const { host, ...scanned } = lost(line);
    expect(told(scanned)).toContain(`v-1 p0 lost ${count.toString(16)} @1000001000`);
    expect(host.anomalies).toEqual(
      count > 0 ? { "lost event": count } : { "loss of events, how many is unknown": 1 },
    );
  });

  it("are only counted where the CPU is not known, or where no line comes behind", () => {
    expect(lost("Processed 100 events and lost 3 chunks!").host.anomalies).toEqual({
      "loss of events, how many is unknown": 1,
    });
    const { events: found } = scan(`${run}CPU:2 [LOST 5 EVENTS]\n`);
    expect(found.at(-1)).toMatchObject({ kind: "lost", value: "5" });
  });

  it("are no more than can be counted", () => {
    const line = `CPU:2 [LOST ${Number.MAX_SAFE_INTEGER} EVENTS]\n`;
    const found = scan(`${line}${line}${run}CPU:2 [LOST 99999999999999999999 EVENTS]\n`);
    expect(found.host.anomalies["lost event"]).toBe(Number.MAX_SAFE_INTEGER);
    expect(found.events[0]).toMatchObject({ kind: "lost", value: Number.MAX_SAFE_INTEGER.toString(16) });
  });

  it("are reported where the buffer overwrote them", () => {
    const text = `# tracer: nop\n# entries-in-buffer/entries-written: 2/1002   #P:2\n${run}`;
    expect(scan(text).text.overwritten).toBe(1000);
  });
});

describe("lines that cannot be read", () => {
  it.each<[string, string, RegExp]>([
    ["an event without a CPU", "vcpu-7 d..1. 1.1: kvm_entry: PC: 0x0", /no line of a kernel's tracing/],
    ["an exit of x86", "vcpu-7 [002] 1.1: kvm_exit: vcpu 0 reason HLT rip 0x0", /not as KVM on arm64/],
    ["a very long line", `vcpu-7 [002] 1.1: kvm_exit: ${"x".repeat(longestLine)}`, /is longer than/],
  ])("end the import or are counted: %s", (_, line, message) => {
    const error = refused(`${run}${line}\n`);
    expect(error.message).toMatch(message);
    expect(error.place).toEqual({ file: "trace", line: 3, offset: run.length });
    const { text, ...scanned } = scan(`${run}${line}\n`, { onError: "skip" });
    expect(text.malformed).toBe(1);
    expect(told(scanned)).toEqual(events);
  });

  it.each([1, 10, 1000])("say where the last one was cut, fed %i bytes at a time", (piece) => {
    const text = `${run}${entry("1.000005").slice(0, 30)}`;
    expect(() => scan(text, { piece })).toThrow("the recording ends in the middle of a line");
    expect(scan(text, { piece, onError: "skip" }).text).toMatchObject({
      lines: 3,
      bytes: text.length,
      malformed: 1,
    });
  });
});
