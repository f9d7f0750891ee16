/** A host's trace.dat with those of its guests, which trace-cmd record -A writes in one go. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { importTrace, type ImportResult } from "#src/import/import.js";
import { jsonOf, outputOf, recording, refusal, temporaryFolder, trapline } from "../../../cli/program.js";
import { bytes, encodeDat, type Content, type Page, type Shape } from "./encoder.js";
import { eventsOf, formats } from "./host.js";

const folder = temporaryFolder();
const shape: Shape = { version: 7, little: true, long: 8, compression: "zlib", pageSize: 256 };
const { entry, exit, switched, other } = eventsOf(true);

const hostId = 0xabc0_0000_0001n;
const guestId = 0xabc0_0000_0002n;

interface Cpu {
  readonly cpu: number;
  readonly pages: readonly Page[];
}

const content = (cpus: readonly Cpu[], options: NonNullable<Content["options"]>): Content => ({
  formats,
  commands: { 7: "CPU 0/KVM", 8: "CPU 1/KVM" },
  instances: [{ name: "", clock: "mono", cpus }],
  options,
});

const id = (value: bigint): { readonly id: number; readonly data: Uint8Array } => ({
  id: 11,
  data: bytes(true).u64(value).done(),
});

/** Its CPU 0 runs as thread 7, its CPU 1 as thread 8. */
const guestOption = {
  id: 13,
  data: bytes(true).string("debian").u64(guestId).u32(2).u32(0).u32(7).u32(1).u32(8).done(),
};

/** The guest's CPU 0 is 7,000 ns behind the host, its CPU 1 6,000 ns. */
function shift(peer: bigint): { readonly id: number; readonly data: Uint8Array } {
  const out = bytes(true).u64(peer).u32(0).u32(2);
  for (const offset of [7000, 6000]) out.u32(1).u64(0).u64(offset).u64(1);
  return { id: 12, data: out.u64(0).u64(0).done() };
}

/** Thread 7 is in the guest from 7,000 to 7,100 and from 7,200 to 7,300; thread 8 from 7,050 to 7,250. */
const hostPages: readonly Cpu[] = [
  {
    cpu: 0,
    pages: [{ time: 7000n, items: [entry(0, 7), exit(100, 7, 0, 0), entry(100, 7), exit(100, 7, 2, 1)] }],
  },
  { cpu: 1, pages: [{ time: 7050n, items: [entry(0, 8), exit(200, 8, 0, 0)] }] },
];
/** At 7,010, 7,150 (thread 7 is out) and 7,250; at 7,060 and 7,100. */
const guestPages: readonly Cpu[] = [
  { cpu: 0, pages: [{ time: 10n, items: [switched(0, 1, 2), other(140, 4), switched(100, 2, 1)] }] },
  { cpu: 1, pages: [{ time: 1060n, items: [switched(0, 3, 4), other(40, 4)], lost: 5 }] },
];

const write = (name: string, file: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, file);
  return path;
};
const host = write("host.dat", encodeDat(shape, content(hostPages, [id(hostId), guestOption])));
const guest = write("guest.dat", encodeDat(shape, content(guestPages, [id(guestId), shift(hostId)])));

const importFiles = (path: string, together: readonly string[]): Promise<ImportResult> =>
  importTrace(path, join(folder, "merged.trl"), { together });

describe("a host's file and a guest's", () => {
  it.each(["host first", "guest first"])("become one trace (%s)", async (order) => {
    const [first, second] = order === "host first" ? [host, guest] : [guest, host];
    const { header } = await importFiles(first, [second]);
    expect(header).toMatchObject({
      source: { dialect: "version 7, with 1 of guests", name: "host.dat + guest.dat", lines: 11 },
      vcpus: [
        { thread: 7, name: "CPU 0/KVM", mpidr: 0x8000_0000, guest: "debian", guestSwitches: 2 },
        { thread: 8, name: "CPU 1/KVM", mpidr: 0x8000_0001, guest: "debian", guestSwitches: 1 },
      ],
      passedOver: { "kvm_mmio (guest debian)": 2, "sched_switch (guest debian)": 3 },
      // By the shift of each CPU, one event is where its vCPU was out; with a wrong one there would be more.
      anomalies: {
        "event while its vCPU was not in the guest (guest debian)": 1,
        "lost event (guest debian)": 5,
      },
    });
  });

  it("gives the host's events as they are without the guest's", async () => {
    await importFiles(host, [guest]);
    const alone = join(folder, "alone.trl");
    await importTrace(host, alone);
    expect(outputOf(["export", join(folder, "merged.trl")])).toEqual(outputOf(["export", alone]));
  });

  it("reads files of another version, and packed ones", async () => {
    const old: Shape = { version: 6, little: true, long: 4, compression: "none", pageSize: 256 };
    const packed = write(
      "old.dat.gz",
      gzipSync(encodeDat(old, content(guestPages, [id(guestId), shift(hostId)]))),
    );
    const { header } = await importFiles(host, [packed]);
    expect(header.vcpus).toMatchObject([{ guestSwitches: 2 }, { guestSwitches: 1 }]);
  });

  it("is a command", () => {
    const output = join(folder, "command.trl");
    const made = jsonOf(["import", "--together", host, guest, "-o", output, "--json"]);
    expect(made).toMatchObject({ imports: [{ path: `${host} + ${guest}`, certainty: 1 }] });
    expect(outputOf(["inspect", output])).toMatch(
      /thread\s+name\s+guest\s+VMID\s+MPIDR\s+ns in the guest\s+task switches\n7\s+CPU 0\/KVM\s+debian\s+-\s+0x80000000\s+200\s+2\n/,
    );
  });
});

describe("files that were not recorded together", () => {
  const out = ["-o", join(folder, "never.trl")];
  const refused = (...files: readonly string[]): ReturnType<typeof trapline> =>
    trapline(["import", "--together", ...files, ...out]);

  it("are refused by name", () => {
    const stranger = write("stranger.dat", encodeDat(shape, content(guestPages, [id(99n), shift(hostId)])));
    expect(refused(host, stranger)).toEqual(
      refusal(1, /stranger\.dat: was not recorded together with .*host\.dat/),
    );
    const elsewhere = write("elsewhere.dat", encodeDat(shape, content(guestPages, [id(guestId), shift(5n)])));
    expect(refused(host, elsewhere)).toEqual(refusal(1, /elsewhere\.dat: was not recorded together/));
    expect(refused(guest, guest)).toEqual(refusal(2, /needs|takes/));
    const copy = write("copy.dat", readFileSync(guest));
    expect(refused(guest, copy)).toEqual(refusal(1, /the host's is missing/));
    expect(refused(host, guest, copy)).toEqual(refusal(1, /the same guest is given twice/));
    const second = write("second.dat", readFileSync(host));
    expect(refused(host, second)).toEqual(refusal(1, /one host is what there can be/));
  });

  it("are refused where they are no trace.dat", () => {
    const text = recording("kernel/kvm-vhe.trace.txt.gz");
    expect(refused(host, text)).toEqual(refusal(1, /is no trace\.dat/));
    expect(refused(text, host)).toEqual(refusal(1, /no other file can be read together with it/));
    expect(refused(host)).toEqual(refusal(2, /--together takes/));
  });
});
