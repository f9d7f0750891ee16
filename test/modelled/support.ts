import { join } from "node:path";
import { layExits, type LayOptions } from "#src/modelled/lay.js";
import { exitModel } from "#src/modelled/registry.js";
import { Kind, kindName } from "#src/trace/kinds.js";
import type { TraceHeader } from "#src/trace/header.js";
import type { HeaderFields } from "#src/trace/writer.js";
import { fields, readTrace, temporaryFolder, writeTrace, type Sample } from "../trace/support.js";

export const folder = temporaryFolder();

/** What an importer says of a guest with four CPUs and no hypervisor. */
export const bareFields: HeaderFields = {
  ...fields,
  mode: "none",
  clock: { unit: "instructions", perCpu: true },
  vcpus: [0, 1, 2, 3].map((mpidr) => ({ vm: -1, mpidr })),
  capabilities: {
    ...fields.capabilities,
    entries: "none",
    runs: false,
    loads: false,
    switches: false,
    fpUse: "none",
  },
  recorded: { guestSave: [], guestRestore: [], hostSave: [], hostRestore: [] },
};

/** SCTLR_EL1, written by a CPU of a bare guest. */
export function write(cpu: number, time: number): Sample {
  return { kind: Kind.guestWrite, encoding: 0xc080, pcpu: cpu, vcpu: cpu, time, value: [time, 1] };
}

let files = 0;
export const newPath = (): string => join(folder, `${files++}.trl`);

export function bareTrace(samples: readonly Sample[], given: HeaderFields = bareFields): string {
  const path = newPath();
  writeTrace(path, samples, {}, given);
  return path;
}

export interface Laid {
  readonly path: string;
  readonly header: TraceHeader;
  readonly events: readonly Sample[];
}

export async function laid(
  trace: string,
  model: string,
  { seed = 1, ...options }: LayOptions & { readonly seed?: number } = {},
): Promise<Laid> {
  const path = newPath();
  const header = await layExits(trace, path, exitModel(model, seed), options);
  return { path, header, events: readTrace(path) };
}

const modelledKinds: ReadonlySet<number> = new Set([
  Kind.load,
  Kind.put,
  Kind.runStart,
  Kind.runEnd,
  Kind.entry,
  Kind.fullExit,
  Kind.fastExit,
]);

export const isModelled = ({ kind }: Sample): boolean => modelledKinds.has(kind);

/** Events of a vCPU as `12 entry`. */
export const told = (events: readonly Sample[], vcpu = 0): string[] =>
  events.filter((each) => each.vcpu === vcpu).map(({ time, kind }) => `${time} ${kindName(kind)}`);

/** Times at which a vCPU left, in order. */
export const exitTimes = (events: readonly Sample[], vcpu: number): number[] =>
  events
    .filter((each) => each.vcpu === vcpu && (each.kind === Kind.fullExit || each.kind === Kind.fastExit))
    .map(({ time }) => time);

/** The first thing wrong with the order of a vCPU's loads, runs and entries; undefined where all is closed. */
export function disorder(events: readonly Sample[], vcpu: number): string | undefined {
  const steps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    out: { load: "loaded" },
    loaded: { put: "out", runStart: "running" },
    running: { entry: "guest", runEnd: "loaded" },
    left: { runEnd: "loaded" },
    guest: { fullExit: "left", fastExit: "running", guestWrite: "guest", guestRead: "guest" },
  };
  let state = "out";
  for (const line of told(events, vcpu)) {
    const next = steps[state][line.replace(/^\d+ /, "")];
    if (next === undefined) return `${line} while ${state}`;
    state = next;
  }
  return state === "out" ? undefined : `the end while ${state}`;
}
