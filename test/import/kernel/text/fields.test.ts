import { describe, expect, it } from "vitest";
import { hostEvents } from "#src/import/kernel/event-table.js";
import { createHostEvent, knowsField } from "#src/import/kernel/host-event.js";
import { readFields } from "#src/import/kernel/text/fields.js";

/** Known fields by name; undefined for a text that is refused. */
function read(name: string, text: string): Record<string, number | string> | undefined {
  const event = createHostEvent(() => "");
  event.kind = hostEvents.findIndex((row) => row.name === name);
  const bytes = Buffer.from(text, "latin1");
  if (!readFields(event, bytes, 0, bytes.length)) return undefined;
  const fields: Record<string, number | string> = {};
  hostEvents[event.kind].fields.forEach(([field], at) => {
    if (!knowsField(event, at)) return;
    const [lo, hi] = [event.lo[at], event.hi[at]];
    fields[field] =
      hi === 0 || hi === -1 ? lo : `0x${hi.toString(16)}${(lo >>> 0).toString(16).padStart(8, "0")}`;
  });
  return fields;
}

describe("readFields", () => {
  it.each<[string, string, Record<string, number | string>]>([
    ["kvm_exit", " TRAP: HSR_EC: 0x0018 (SYS64), PC: 0xffff80008003b2dc", { ret: 2, esr_ec: 0x18 }],
    ["kvm_exit", " IRQ: HSR_EC: 0x0000 (UNKNOWN), PC: 0x0", { ret: 0, esr_ec: 0 }],
    ["kvm_exit", " SERROR: HSR_EC: 0x0000 (UNKNOWN), PC: 0x0", { ret: 1, esr_ec: 0 }],
    ["kvm_exit", " EL1_SERROR: HSR_EC: 0x0000 (UNKNOWN), PC: 0x0", { ret: 1, esr_ec: 0 }],
    ["kvm_exit", " 0x3: HSR_EC: 0x0000 (UNKNOWN), PC: 0x0", { ret: 3, esr_ec: 0 }],
    ["kvm_exit", " HSR_EC: 0x0024, PC: 0x80200000", { esr_ec: 0x24 }],
    [
      "kvm_exit",
      "   <CANT FIND FIELD exit_reason>TRAP: HSR_EC: 0x0001 (WFx), PC: 0x0",
      { ret: 2, esr_ec: 1 },
    ],
    ["kvm_exit", " ret=0x2 (2) esr_ec=0x18 (24) vcpu_pc=0xffff80008003b2dc", { ret: 2, esr_ec: 0x18 }],
    ["kvm_exit", " [FAILED TO PARSE] idx=2 exit_reason=24 vcpu_pc=0x0", { ret: 2, esr_ec: 24 }],
    ["kvm_handle_sys_reg", " HSR 0x6232002d", { hsr: 0x6232002d }],
    ["kvm_handle_sys_reg", " HSR 0x1f6232002d", { hsr: "0x1f6232002d" }],
    ["kvm_handle_sys_reg", " hsr=0x6232002d (1647444013)", { hsr: 0x6232002d }],
    [
      "kvm_guest_fault",
      " ipa 0x80200000, hsr 0x82000005, hxfar 0x80200000, pc 0x00000080200000",
      { hsr: 0x82000005 | 0 },
    ],
    ["kvm_guest_fault", " ipa 0x0, hsr 00000000, hxfar 00000000, pc 0x0", { hsr: 0 }],
    [
      "kvm_sys_access",
      " PC: ffff80008003b2dc SYS_ID_AA64ISAR1_EL1 (3,0,0,6,1) read",
      { is_write: 0, Op0: 3, Op1: 0, CRn: 0, CRm: 6, Op2: 1 },
    ],
    [
      "kvm_sys_access",
      " [FAILED TO PARSE] vcpu_pc=0x82098a74 is_write=1 name=0xffff800081737970 Op0=2 Op1=0 CRn=0 CRm=2 Op2=2",
      { is_write: 1, Op0: 2, Op1: 0, CRn: 0, CRm: 2, Op2: 2 },
    ],
    ["kvm_vcpu_wakeup", " wait time 2403176 ns, polling valid", { waited: 1 }],
    ["kvm_vcpu_wakeup", " poll time 2403 ns, polling invalid", { waited: 0 }],
    [
      "kvm_timer_save_state",
      "    CTL: 0x000001 CVAL:       0x6e42ef05 arch_timer_ctx_index: 1",
      { timer_idx: 1 },
    ],
    ["kvm_timer_save_state", " something else", {}],
    [
      "kvm_get_timer_map",
      " VCPU: 3, dv: 1, dp: -1, ev: -1, ep: 0",
      { vcpu_id: 3, direct_ptimer: -1, emul_ptimer: 0 },
    ],
    [
      "sched_switch",
      " prev_comm=a prev_pid=1 prev_prio=120 prev_state=R+ ==> next_comm=x next_pid=7 next_pid=117 next_prio=120",
      { next_pid: 117 },
    ],
    ["sched_switch", " a:1 [120] R ==> CPU 0/KVM:117 [120]", { next_pid: 117 }],
    ["sched_switch", " a:1 [120] R ==> b:5 [0]:117 [-5]", { next_pid: 117 }],
    ["sched_switch", " prev_pid=1 (1) next_pid=0x75 (117) x=1", { next_pid: 0x75, prev_pid: 1 }],
    ["kvm_entry", "", {}],
  ])("%s:%s", (name, text, expected) => {
    expect(read(name, text)).toEqual(expected);
  });

  it.each([
    ["kvm_exit", " vcpu 0 reason EPT_VIOLATION rip 0xffffffff8104a3d1 info1 0x0"],
    ["kvm_exit", " TRAP: HSR_EC: 0x"],
    ["kvm_exit", " TRAP: HSR_EC: 0x00000000000000018 (SYS64)"],
    ["kvm_exit", ""],
    ["kvm_handle_sys_reg", " HSR "],
    ["kvm_handle_sys_reg", " hsr="],
    ["kvm_handle_sys_reg", " hsr=99999999999"],
    ["kvm_sys_access", " PC: 0 X (3,0,0,6) read"],
    ["kvm_sys_access", " PC: 0 X (3,0,0,6,-1) read"],
    ["kvm_sys_access", " PC: 0 X (3,0,0,6,1) execute"],
    ["kvm_sys_access", " PC: 0 X (3,0,0,6,4294967296) read"],
    ["kvm_sys_access", " PC: 0 X"],
    ["kvm_guest_fault", " ipa 0x80200000, hsr , hxfar 0x80200000"],
    ["kvm_get_timer_map", " VCPU: 3, dv: 1, dp: x"],
    ["sched_switch", " next_pid="],
    ["sched_switch", " a:1 [120] R ==> b [120]"],
    ["sched_switch", ""],
  ])("refuses %s:%s", (name, text) => {
    expect(read(name, text)).toBeUndefined();
  });
});
