import { describe, expect, it } from "vitest";
import { createHead, isNoName, readHead } from "#src/import/kernel/text/head.js";

interface Read {
  readonly comm: string;
  readonly pid: number;
  readonly tgid: number;
  readonly cpu: number;
  readonly time: string;
  readonly name: string;
}

function read(line: string): Read | undefined {
  const bytes = Buffer.from(line, "latin1");
  const head = createHead();
  if (!readHead(bytes, 0, bytes.length, head)) return undefined;
  const { commFrom, commTo, pid, tgid, cpu, timeFrom, timeTo, nameFrom, nameTo } = head;
  return {
    comm: line.slice(commFrom, commTo),
    pid,
    tgid,
    cpu,
    time: line.slice(timeFrom, timeTo),
    name: line.slice(nameFrom, nameTo),
  };
}

const plain: Read = { comm: "kvm-vcpu-0", pid: 117, tgid: -1, cpu: 1, time: "6.068077", name: "kvm_exit" };

describe("readHead", () => {
  it.each<[string, string, Partial<Read>]>([
    ["tracefs", "      kvm-vcpu-0-117     [001] ...1.     6.068077: kvm_exit: TRAP", {}],
    [
      "a comm with spaces",
      "       CPU 1/KVM-117     [001] ...1.     6.068077: kvm_exit: TRAP",
      { comm: "CPU 1/KVM" },
    ],
    [
      "a comm with brackets",
      " a [0] b-117     [001] ...1.     6.068077: kvm_exit: TRAP",
      { comm: "a [0] b" },
    ],
    [
      "a comm that looks like a head",
      " [000] 1.0: x: -117 [001] 6.068077: kvm_exit: y",
      { comm: "[000] 1.0: x:" },
    ],
    ["a comm with a number behind a dash", " rcu-12-117 [001] ...1. 6.068077: kvm_exit:", { comm: "rcu-12" }],
    [
      "the idle thread",
      "          <idle>-0       [001] d..2.     6.068077: kvm_exit: x",
      { comm: "<idle>", pid: 0 },
    ],
    ["an unknown comm", "           <...>-117     [001] d..2.     6.068077: kvm_exit: x", { comm: "<...>" }],
    ["an empty comm", "-117     [001] d..2.     6.068077: kvm_exit: x", { comm: "" }],
    ["no flags", "kvm-vcpu-0-117 [001]     6.068077: kvm_exit: x", {}],
    ["four flags", "kvm-vcpu-0-117 [001] ....     6.068077: kvm_exit: x", {}],
    ["six flags", "kvm-vcpu-0-117 [001] dNZ2.1     6.068077: kvm_exit: x", {}],
    ["a process", "kvm-vcpu-0-117     (    99) [001] ...1.     6.068077: kvm_exit: x", { tgid: 99 }],
    ["an unknown process", "kvm-vcpu-0-117     (-----) [001] ...1.     6.068077: kvm_exit: x", {}],
    ["nanoseconds", "kvm-vcpu-0-117 [001] 6.068077123: kvm_exit: x", { time: "6.068077123" }],
    ["ticks", "kvm-vcpu-0-117 [001] ...1. 6068077: kvm_exit: x", { time: "6068077" }],
    ["a CPU of four digits", "kvm-vcpu-0-117 [1023] ...1. 6.068077: kvm_exit: x", { cpu: 1023 }],
    ["time differences of trace-cmd", "kvm-vcpu-0-117 [001] 6.068077: (+1234)  kvm_exit: x", {}],
    ["perf", "kvm-vcpu-0   117 [001]     6.068077:        kvm:kvm_exit: x", {}],
    [
      "perf, a comm with spaces and numbers",
      "CPU 0/KVM   117 [001]     6.068077:        kvm:kvm_exit: x",
      { comm: "CPU 0/KVM" },
    ],
    ["perf with processes", "kvm-vcpu-0    99/117 [001]     6.068077:        kvm:kvm_exit: x", { tgid: 99 }],
    ["perf with a period", "kvm-vcpu-0   117 [001]     6.068077:          1 kvm:kvm_exit: x", {}],
    ["perf, an unknown comm", "       :117   117 [001]     6.068077:   kvm:kvm_exit: x", { comm: ":117" }],
    [
      "perf, an unknown thread",
      "       :-1    -1 [001]     6.068077:   kvm:kvm_exit: x",
      { comm: ":-1", pid: -1 },
    ],
    ["another tracer's line", "kvm-vcpu-0-117 [001] ...1. 6.068077: kvm_exit <-func", {}],
    [
      "a mark",
      "kvm-vcpu-0-117 [001] ...1. 6.068077: tracing_mark_write: hello",
      { name: "tracing_mark_write" },
    ],
  ])("reads %s", (_, line, differs) => {
    expect(read(line)).toEqual({ ...plain, ...differs });
  });

  it.each([
    "",
    "cpus=2",
    "# tracer: nop",
    "kvm-vcpu-0-117 [001 ...1. 6.068077: kvm_exit: x",
    "kvm-vcpu-0-117 [] ...1. 6.068077: kvm_exit: x",
    "kvm-vcpu-0-117 [99999] ...1. 6.068077: kvm_exit: x",
    "kvm-vcpu-0-117 [001] ...1. 6.068077 kvm_exit: x",
    "kvm-vcpu-0-117 [001] ...1. 6.: kvm_exit: x",
    "kvm-vcpu-0-117 [001] ...1. 6.068077:",
    "kvm-vcpu-0-117 [001] ............ 6.068077: kvm_exit: x",
    "kvm-vcpu [001] ...1. 6.068077: kvm_exit: x",
    "kvm-vcpu-0-99999999999 [001] ...1. 6.068077: kvm_exit: x",
    "kvm-vcpu-0-117 99) [001] ...1. 6.068077: kvm_exit: x",
  ])("does not take `%s` for an event", (line) => {
    expect(read(line)).toBeUndefined();
  });
});

describe("isNoName", () => {
  it.each([
    ["<...>", true],
    [":133", true],
    [":", false],
    ["<idle>", false],
    [":13a", false],
    ["qemu", false],
  ])("`%s`: %s", (name, expected) => {
    const bytes = Buffer.from(name, "latin1");
    expect(isNoName(bytes, 0, bytes.length)).toBe(expected);
  });
});
