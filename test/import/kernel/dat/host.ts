import { closeSync, fstatSync, openSync } from "node:fs";
import type { TraplineError } from "#src/errors.js";
import { hostEvents } from "#src/import/kernel/event-table.js";
import { openDat } from "#src/import/kernel/dat/dat.js";
import { createDecoder } from "#src/import/kernel/dat/decode.js";
import { mergeEvents } from "#src/import/kernel/dat/merge.js";
import { createHostEvent, knowsField } from "#src/import/kernel/host-event.js";
import { bytes, type Format, type Item } from "./encoder.js";

/** Events of a host's tracing as a recent kernel describes them. */

const common = [
  "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;",
  "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;",
  "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;",
  "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;",
  "",
];

export const formats: readonly Format[] = [
  {
    id: 5,
    system: "ftrace",
    name: "print",
    fields: [...common, "\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;"],
  },
  {
    id: 64,
    system: "kvm",
    name: "kvm_exit",
    fields: [
      ...common,
      "\tfield:int ret;\toffset:8;\tsize:4;\tsigned:1;",
      "\tfield:unsigned int esr_ec;\toffset:12;\tsize:4;\tsigned:0;",
      "\tfield:unsigned long vcpu_pc;\toffset:16;\tsize:8;\tsigned:0;",
    ],
  },
  {
    id: 65,
    system: "kvm",
    name: "kvm_entry",
    fields: [...common, "\tfield:unsigned long vcpu_pc;\toffset:8;\tsize:8;\tsigned:0;"],
  },
  {
    id: 66,
    system: "kvm",
    name: "kvm_handle_sys_reg",
    fields: [...common, "\tfield:unsigned long hsr;\toffset:8;\tsize:8;\tsigned:0;"],
  },
  {
    id: 253,
    system: "sched",
    name: "sched_switch",
    fields: [
      ...common,
      "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;",
      "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;",
      "\tfield:int prev_prio;\toffset:28;\tsize:4;\tsigned:1;",
      "\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;",
      "\tfield:char next_comm[16];\toffset:40;\tsize:16;\tsigned:0;",
      "\tfield:pid_t next_pid;\toffset:56;\tsize:4;\tsigned:1;",
      "\tfield:int next_prio;\toffset:60;\tsize:4;\tsigned:1;",
    ],
  },
  {
    id: 300,
    system: "kvm",
    name: "kvm_mmio",
    fields: [...common, "\tfield:__data_loc char[] what;\toffset:8;\tsize:4;\tsigned:0;"],
  },
];

/** Events in one byte order; each with the time since the one before. */
export function eventsOf(little: boolean): {
  readonly exit: (delta: number, pid: number, ret: number, esrClass: number) => Item;
  readonly entry: (delta: number, pid: number, pc?: bigint) => Item;
  readonly sysReg: (delta: number, pid: number, hsr: bigint) => Item;
  readonly switched: (delta: number, from: number, to: number) => Item;
  readonly other: (delta: number, length: number) => Item;
} {
  const start = (id: number, pid: number): ReturnType<typeof bytes> =>
    bytes(little).u16(id).u8(0).u8(0).u32(pid);
  return {
    exit: (delta, pid, ret, esrClass) => {
      return { delta, data: start(64, pid).u32(ret).u32(esrClass).u64(0xffff_8000_0000_0000n).done() };
    },
    entry: (delta, pid, pc = 0n) => ({ delta, data: start(65, pid).u64(pc).done() }),
    sysReg: (delta, pid, hsr) => ({ delta, data: start(66, pid).u64(hsr).done() }),
    switched: (delta, from, to) => {
      const data = start(253, from).raw(Buffer.alloc(16, 0x61)).u32(from).u32(120).u64(1);
      return { delta, data: data.raw(Buffer.alloc(16, 0x62)).u32(to).u32(120).done() };
    },
    other: (delta, length) => ({ delta, data: start(300, 1).raw(Buffer.alloc(length)).done() }),
  };
}

export interface ReadBack {
  /** `time cpu pid name field...`, and before the first event after a loss `lost cpu number`. */
  readonly lines: readonly string[];
  readonly passedOver: Readonly<Record<string, number>>;
  readonly origin: bigint;
  readonly names: ReadonlyMap<number, string>;
  readonly damage: readonly string[];
}

/** Reads files as one recording. @param skip - Damage is collected instead of thrown */
export async function readBack(paths: readonly string[], skip = false): Promise<ReadBack> {
  const open = paths.map((path) => ({ path, descriptor: openSync(path, "r") }));
  const damage: string[] = [];
  const onDamage = (error: TraplineError): void => {
    if (!skip) throw error;
    damage.push(error.message);
  };
  try {
    const dats = await Promise.all(
      open.map(({ path, descriptor }) =>
        openDat({ descriptor, name: path, size: fstatSync(descriptor).size }),
      ),
    );
    const decoders = new Map(
      dats.map((dat) => [dat, createDecoder(dat, (what) => onDamage(dat.file.damaged(what, 0)))]),
    );
    const merged = mergeEvents(dats, onDamage);
    const lines: string[] = [];
    const event = createHostEvent(() => "");
    for (let source = merged.next(); source !== undefined; source = merged.next()) {
      const { events, dat } = source;
      if (events.lost !== 0) lines.push(`lost ${events.cpu} ${events.lost}`);
      if (!decoders.get(dat)!.decode(events, event)) continue;
      const fields = hostEvents[event.kind].fields.map((_, at) => {
        if (!knowsField(event, at)) return "?";
        return ((BigInt(event.hi[at]) << 32n) | BigInt(event.lo[at] >>> 0)).toString();
      });
      lines.push([event.time, event.cpu, event.pid, hostEvents[event.kind].name, ...fields].join(" "));
    }
    const passedOver = Object.fromEntries(
      [...decoders.values()].flatMap((decoder) => [...decoder.passedOver()]),
    );
    return { lines, passedOver, origin: merged.origin, names: dats[0].commands, damage };
  } finally {
    for (const { descriptor } of open) closeSync(descriptor);
  }
}
