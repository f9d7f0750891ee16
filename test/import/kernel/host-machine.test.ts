import { describe, expect, it } from "vitest";
import { cut, kindsOf, scan, told } from "./scanned.js";

let clock = 0;
/** A line at the next microsecond. */
function line(event: string, { pid = 7, cpu = 0 }: { pid?: number; cpu?: number } = {}): string {
  clock++;
  return `vcpu-${pid} [00${cpu}] d..1. 1.${String(clock).padStart(6, "0")}: ${event}\n`;
}

type At = Parameters<typeof line>[1];
const entry = (at?: At): string => line("kvm_entry: PC: 0x0", at);
const exit = (how = "IRQ: HSR_EC: 0x0000 (UNKNOWN)", at?: At): string =>
  line(`kvm_exit: ${how}, PC: 0x0`, at);
const run = (at?: At): string => entry(at) + exit(undefined, at);
const switchTo = (next: number, at?: At): string =>
  line(
    `sched_switch: prev_comm=a prev_pid=${at?.pid ?? 7} ==> next_comm=b next_pid=${next} next_prio=120`,
    at,
  );
const userspace = (): string => line("kvm_userspace_exit: reason KVM_EXIT_MMIO (6)");
const wakeup = (how = "wait"): string => line(`kvm_vcpu_wakeup: ${how} time 5 ns, polling valid`);
const timer = (which: "restore" | "save", index: number, at?: At): string =>
  line(`kvm_timer_${which}_state: CTL: 0x000001 CVAL: 0x0 arch_timer_ctx_index: ${index}`, at);
const both = (which: "restore" | "save", at?: At): string => timer(which, 1, at) + timer(which, 0, at);
const map = (vcpu: number, timers: string, at?: At): string =>
  line(`kvm_get_timer_map: VCPU: ${vcpu}, dv: 1, ${timers}`, at);

const ran = "runStart entry fullExit runEnd";

describe("loads and puts without the timers' events", () => {
  it("are those of the thread's CPU while its vCPU is loaded", () => {
    const text = run() + switchTo(0) + switchTo(7, { pid: 0 }) + run() + switchTo(0);
    expect(kindsOf(scan(text))).toBe(`load ${ran} put load ${ran} put`);
  });

  it("end with KVM_RUN, and begin again with the first run after it, whatever the thread does between", () => {
    const text = run() + userspace() + switchTo(0) + switchTo(7, { pid: 0 }) + run();
    expect(kindsOf(scan(text))).toBe(`load ${ran} put load ${ran}`);
  });

  it("end once where the thread is preempted on its way out of KVM_RUN", () => {
    const text = run() + switchTo(0) + userspace() + switchTo(7, { pid: 0 }) + run();
    expect(kindsOf(scan(text))).toBe(`load ${ran} put load ${ran}`);
  });

  it("go with the thread from CPU to CPU", () => {
    const text = run() + switchTo(0) + switchTo(7, { pid: 0, cpu: 1 }) + run({ cpu: 1 });
    const places = scan(text).events.map(({ kind, pcpu }) => `${kind} ${pcpu}`);
    expect(places).toContain("put 0");
    expect(places.slice(places.indexOf("put 0") + 1)).toEqual([
      "load 1",
      ...ran.split(" ").map((kind) => `${kind} 1`),
    ]);
  });

  it("are shown by a wait where nothing shows that the thread slept", () => {
    expect(kindsOf(scan(run() + wakeup("poll") + wakeup() + run()))).toBe(`load ${ran} put load ${ran}`);
    const text = run() + switchTo(0) + switchTo(7, { pid: 0 }) + wakeup() + run();
    expect(kindsOf(scan(text))).toBe(`load ${ran} put load ${ran}`);
  });

  it("begin where a vCPU that has not run wakes up", () => {
    expect(kindsOf(scan(switchTo(7, { pid: 0 }) + wakeup() + run()))).toBe(`load ${ran}`);
  });

  it.each<[string, boolean, string]>([
    ["runs alone", false, run()],
    ["sched_switch", true, run() + switchTo(0)],
    ["the timers", true, both("restore") + run()],
  ])("can be told from %s: %s", (_, loads, text) => {
    expect(scan(text).host.capabilities.loads).toBe(loads);
  });
});

describe("loads and puts from the timers' events", () => {
  it("count two timers once, and nothing else", () => {
    const text =
      both("restore") +
      run() +
      switchTo(0) +
      both("save") +
      switchTo(7, { pid: 0 }) +
      both("restore") +
      run();
    expect(kindsOf(scan(text + userspace()))).toBe(`load ${ran} put load ${ran}`);
  });

  it("count one timer of nVHE once", () => {
    const text = timer("restore", 1) + run() + timer("save", 1) + timer("restore", 1) + run();
    expect(kindsOf(scan(text))).toBe(`load ${ran} put load ${ran}`);
  });

  it("do not make up a load before the recording", () => {
    const other = both("restore", { pid: 8, cpu: 1 });
    expect(kindsOf(scan(other + run() + both("save")), 1)).toBe(`${ran} put`);
  });

  it("say so where one is missing", () => {
    const found = scan(both("restore") + run() + both("save") + run());
    expect(kindsOf(found)).toBe(`load ${ran} put load ${ran}`);
    expect(found.host.anomalies).toEqual({ "load that is missing": 1 });
  });
});

describe("exits", () => {
  const trap = (ec: string): string => exit(`TRAP: HSR_EC: 0x00${ec} (X)`);
  const exitsOf = (text: string): string[] =>
    scan(text)
      .events.filter(({ kind }) => kind === "fullExit")
      .map(({ register, value }) => `${value} ${register}`.trim());

  it("have the syndrome that follows them", () => {
    // From a recording: the read of ID_AA64ISAR1_EL1 that kvm_sys_access names next.
    expect(exitsOf(entry() + trap("18") + line("kvm_handle_sys_reg: HSR 0x6232002d"))).toEqual([
      "6232002d ID_AA64ISAR1_EL1",
    ]);
    expect(
      exitsOf(entry() + trap("24") + line("kvm_guest_fault: ipa 0x0, hsr 0x939f0045, hxfar 0x0")),
    ).toEqual(["939f0045"]);
  });

  it("have their class alone where none follows, or one of another class", () => {
    expect(exitsOf(entry() + trap("18"))).toEqual(["8000000000000018"]);
    expect(exitsOf(entry() + trap("18") + run())).toEqual(["8000000000000018", "8000000000000040"]);
    expect(
      exitsOf(entry() + trap("18") + line("kvm_guest_fault: ipa 0x0, hsr 0x939f0045, hxfar 0x0")),
    ).toEqual(["8000000000000018"]);
    expect(exitsOf(entry() + trap("01"))).toEqual(["8000000000000001"]);
  });

  it.each([
    ["IRQ: HSR_EC: 0x0000 (UNKNOWN)", "8000000000000040"],
    ["SERROR: HSR_EC: 0x0000 (UNKNOWN)", "8000000000000042"],
    ["HSR_EC: 0x0024", "8000000000000024"],
    ["HSR_EC: 0x0000", "-"],
    ["0x3: HSR_EC: 0x0000 (UNKNOWN)", "-"],
    ["TRAP: HSR_EC: 0x0fff (X)", "-"],
  ])("of %s are %s", (how, value) => {
    expect(exitsOf(entry() + exit(how))).toEqual([value]);
  });

  it("wait for their syndrome without mixing up threads", () => {
    const text =
      entry() +
      entry({ pid: 8, cpu: 1 }) +
      trap("18") +
      exit("TRAP: HSR_EC: 0x0018 (SYS64)", { pid: 8, cpu: 1 }) +
      line("kvm_handle_sys_reg: HSR 0x6232002d", { pid: 8, cpu: 1 }) +
      line("kvm_handle_sys_reg: HSR 0x62340007");
    const values = scan(text)
      .events.filter(({ kind }) => kind === "fullExit")
      .map(({ vcpu, value }) => `${vcpu} ${value}`);
    expect(values).toEqual(["1 6232002d", "0 62340007"]);
  });

  it("may begin a recording", () => {
    const found = scan(exit() + run());
    expect(kindsOf(found)).toBe(`fullExit runEnd ${ran}`);
    expect(found.host.anomalies).toEqual({});
  });

  it("are counted where a start or an end of a run is missing", () => {
    expect(scan(entry() + run()).host.anomalies).toEqual({ "run whose end is missing": 1 });
    expect(scan(run() + exit()).host.anomalies).toEqual({ "run whose start is missing": 1 });
  });

  it("are not missed beside lost events", () => {
    expect(scan(`${run()}${entry()}CPU:0 [LOST 5 EVENTS]\n${exit()}`).host.anomalies).toEqual({
      "lost event": 5,
    });
  });
});

describe("trapped accesses", () => {
  const access = (text: string): string => line(`kvm_sys_access: PC: 0 ${text}`);
  it("are emulated ones of the register that the five numbers name", () => {
    const text =
      entry() +
      exit("TRAP: HSR_EC: 0x0018 (SYS64)") +
      access("SYS_ICC_SGI1R_EL1 (3,0,12,11,5) write") +
      access("UNKN (2,0,0,2,2) read");
    const found = scan(text);
    expect(found.events.slice(-2).map(({ kind, register }) => `${kind} ${register}`)).toEqual([
      "emulatedWrite ICC_SGI1R_EL1",
      "emulatedRead MDSCR_EL1",
    ]);
    expect(found.host.capabilities).toMatchObject({
      guestWrites: "trapped-only",
      guestReads: "trapped-only",
    });
  });

  it("cannot be told without their event", () => {
    expect(scan(run()).host.capabilities).toMatchObject({ guestWrites: "none", guestReads: "none" });
  });

  it("of a 32-bit guest are counted", () => {
    const found = scan(run() + access("CP15 (0,0,1,0,0) write"));
    expect(kindsOf(found)).toBe(`load ${ran}`);
    expect(found.host.anomalies).toEqual({ "access of a 32-bit guest": 1 });
  });
});

describe("what a recording says of its host", () => {
  it.each<[string, string, string]>([
    ["nothing", "none", run()],
    ["a physical timer of the hardware", "vhe", map(0, "dp: 0, ev: -1, ep: -1") + run()],
    ["an emulated physical timer", "nvhe", map(0, "dp: -1, ev: -1, ep: 0") + run()],
    ["a nested guest", "vhe", map(0, "dp: 0, ev: 3, ep: 2") + run()],
    ["two timers restored", "vhe", both("restore") + run()],
    ["one timer restored", "nvhe", timer("restore", 1) + run()],
  ])("%s: %s", (_, mode, text) => {
    expect(scan(text).host.mode).toBe(mode);
  });

  it("gives each thread a vCPU, with KVM's number where the timers tell", () => {
    const load = (pid: number, cpu: number, vcpu: number): string =>
      map(vcpu, "dp: 0, ev: -1, ep: -1", { pid, cpu }) + both("restore", { pid, cpu }) + run({ pid, cpu });
    const { vcpus } = scan(load(7, 0, 0) + load(8, 1, 17) + load(9, 2, 0) + run({ pid: 10, cpu: 3 })).host;
    expect(vcpus.map(({ thread, mpidr }) => [thread, mpidr])).toEqual([
      [7, 0x8000_0000],
      [8, 0x8000_0101],
      [9, 0x8000_0000],
      [10, 0],
    ]);
  });

  it("does not believe one interrupt about a thread's vCPU", () => {
    const load = (vcpu: number): string =>
      map(vcpu, "dp: 0, ev: -1, ep: -1") + both("restore") + run() + both("save");
    expect(scan(load(0) + load(3) + load(0)).host.vcpus[0].mpidr).toBe(0x8000_0000);
  });

  it("keeps apart the vCPUs of two guests", () => {
    const { host, events } = scan(cut("two-guests.report.txt.gz"));
    expect(host.vcpus.map(({ thread, mpidr }) => [thread, mpidr & 0xff])).toEqual([
      [114, 0],
      [115, 0],
      [117, 1],
      [116, 1],
    ]);
    expect(new Set(events.map(({ vcpu }) => vcpu))).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe("times", () => {
  it("are those of the events", () => {
    clock = 0;
    expect(told(scan(run()))).toEqual([
      "v0 p0 load @1000001000",
      "v0 p0 runStart @1000001000",
      "v0 p0 entry @1000001000",
      "v0 p0 fullExit 8000000000000040 @1000002000",
      "v0 p0 runEnd @1000002000",
    ]);
  });
});
