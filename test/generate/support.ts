import { generateTrace } from "#src/generate/generate.js";
import type { GuestModel, Size } from "#src/generate/model.js";
import { profileModel } from "#src/generate/of-profile.js";
import { guestProfile } from "#src/generate/registry.js";
import { Kind, kindName } from "#src/trace/kinds.js";
import type { TraceHeader } from "#src/trace/header.js";
import { readTrace, temporaryFolder, type Sample } from "../trace/support.js";

export const folder = temporaryFolder();

let files = 0;
export const newPath = (): string => `${folder}/${files++}.trl`;

export const host = { mode: "vhe", kernel: "6.18", features: ["TCR2", "S1PIE", "RAS"] } as const;

export const modelOf = (name: string): GuestModel => profileModel(guestProfile(name), host);

export interface Generated {
  readonly path: string;
  readonly header: TraceHeader;
  readonly events: readonly Sample[];
}

export async function generated(model: GuestModel, size: Size, seed = 1): Promise<Generated> {
  const path = newPath();
  const header = await generateTrace(path, model, { seed, size });
  return { path, header, events: readTrace(path) };
}

/** What may come next, by what a vCPU is in the middle of. */
const steps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  out: { load: "loaded" },
  loaded: { put: "out", runStart: "running" },
  running: { entry: "guest", runEnd: "loaded" },
  left: { runEnd: "loaded", emulatedWrite: "left", emulatedRead: "left" },
  fast: { entry: "guest", emulatedWrite: "fast", emulatedRead: "fast" },
  guest: { fullExit: "left", fastExit: "fast", guestWrite: "guest", guestRead: "guest" },
};

/** Every way in which events break what a recording keeps to; none of them for a sound trace. */
export function disorders(events: readonly Sample[], loads = true): string[] {
  const found: string[] = [];
  const start = loads ? "out" : "loaded";
  const states = new Map<number, { state: string; pcpu: number }>();
  const onPcpu = new Map<number, number>();
  const clocks = new Map<number, number>();
  let clock = 0;
  for (const { kind, vcpu, pcpu, time } of events) {
    const own = states.get(vcpu) ?? { state: start, pcpu };
    const name = kindName(kind);
    const next = steps[own.state][name];
    if (next === undefined) found.push(`${name} of vCPU ${vcpu} while ${own.state}`);
    if (own.state !== start && own.pcpu !== pcpu) found.push(`vCPU ${vcpu} moves while ${own.state}`);
    if (time < (clocks.get(pcpu) ?? 0)) found.push(`time of pCPU ${pcpu} goes back`);
    if (time < clock) found.push("time goes back");
    if (kind === Kind.load && onPcpu.has(pcpu)) found.push(`two vCPUs on pCPU ${pcpu}`);
    if (kind === Kind.load) onPcpu.set(pcpu, vcpu);
    if (kind === Kind.put) onPcpu.delete(pcpu);
    states.set(vcpu, { state: next ?? own.state, pcpu });
    clocks.set(pcpu, time);
    clock = time;
  }
  for (const [vcpu, { state }] of states) if (state !== start) found.push(`vCPU ${vcpu} ends ${state}`);
  return found;
}
