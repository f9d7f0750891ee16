/**
 * One run of one host, recorded twice: by the CPU's log of instructions, and by the kernel's own tracing. Both must
 * tell the same loads, puts and runs, in the same order.
 */

import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { Reason, exitReason, exceptionClass, reasonName } from "#src/trace/exits.js";
import { traceEvents } from "#src/trace/events.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { cut, cutPath, scan } from "./scanned.js";

const made: string[] = [];
afterAll(() => made.forEach((path) => rmSync(path, { force: true })));

/** By MPIDR: `load`, `put`, and the reason of each run's last exit. */
async function story(recording: string): Promise<Map<number, string[]>> {
  const output = join(tmpdir(), `trapline-agreement-${process.pid}-${made.length}.trl`);
  made.push(output);
  await importTrace(recording, output);
  const trace = openTrace(output);
  const { places, vcpus } = trace.header;
  const told = new Map<number, string[]>();
  const last = new Map<number, number>();
  for (const { kind, place, hasValue, lo, hi } of traceEvents(trace)) {
    const vcpu = places[2 * place + 1];
    if (vcpu < 0) continue;
    const { mpidr } = vcpus[vcpu];
    const own = told.get(mpidr) ?? [];
    told.set(mpidr, own);
    if (kind === Kind.load) own.push("load");
    if (kind === Kind.put) own.push("put");
    // A run that never entered the guest, or whose last exit EL2 had handled when an interrupt came, ends by IRQ.
    if (kind === Kind.runStart) last.set(vcpu, Reason.irq);
    if (kind === Kind.fullExit) {
      const reason = exitReason(hasValue, lo, hi);
      last.set(vcpu, reason === exceptionClass.fp ? Reason.irq : reason);
    }
    if (kind === Kind.runEnd) own.push(reasonName(last.get(vcpu) ?? Reason.unknown));
  }
  trace.close();
  return told;
}

describe("the kernel's tracing and the log of instructions of the same run", () => {
  it("tell the same loads, puts and exits", async () => {
    const kernel = await story(cutPath("kvm-vhe.trace.txt.gz"));
    const log = await story(new URL("../../../traces/kvm-vhe.tarmac.zst", import.meta.url).pathname);
    expect([...kernel.keys()].toSorted((a, b) => a - b)).toEqual([0x8000_0000, 0x8000_0001]);
    let events = 0;
    for (const [mpidr, own] of kernel) {
      events += own.length;
      expect(own).toEqual(log.get(mpidr)?.slice(0, own.length));
    }
    expect(events).toBeGreaterThan(160);
  });

  it("tell the same where the timers' events are left out, but for what came before the first run", () => {
    const text = cut("kvm-vhe.trace.txt.gz");
    const without = scan(text.replaceAll(/^.*kvm_(?:timer|get_timer).*\n/gm, ""));
    const kinds = (found: Pick<typeof without, "events">, vcpu: number): string[] =>
      found.events.filter((event) => event.vcpu === vcpu).map(({ kind }) => kind);
    const threads = without.host.vcpus.map(({ thread }) => thread);
    const whole = scan(text);
    for (const [vcpu, thread] of threads.entries()) {
      const same = kinds(
        whole,
        whole.host.vcpus.findIndex((each) => each.thread === thread),
      );
      const own = kinds(without, vcpu);
      expect(own).toEqual(same.slice(-own.length));
      // vCPU 0 was preempted once, loaded, before its first run; that shows in the timers alone.
      expect(same.slice(0, -own.length)).toEqual(["load", "put"]);
    }
    expect(threads).toEqual([116]);
  });
});
