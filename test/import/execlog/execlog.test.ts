import { describe, expect, it } from "vitest";
import { TraplineError } from "#src/errors.js";
import { execlog } from "#src/import/execlog/execlog.js";
import { readExeclog } from "#src/import/execlog/read-execlog.js";
import { detectImporter } from "#src/import/registry.js";
import type { HeaderFields } from "#src/trace/writer.js";
import { collector, type Collected } from "../machine/collect.js";
import { fixture, scan } from "../tarmac/scanned.js";
import { execlog as rewritten, withAborts } from "./rewrite.js";

interface Read {
  readonly fields: Omit<HeaderFields, "tool">;
  readonly events: readonly Collected[];
}

async function read(text: string, onError: "fail" | "skip" = "fail", piece = 1 << 16): Promise<Read> {
  const { writer, events } = collector();
  const bytes = Buffer.from(text, "latin1");
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  const none = (): Promise<never> => Promise.reject(new Error("a text is read as chunks"));
  const recording = { chunks: chunks(), file: undefined, whole: none, others: none, onRead: () => undefined };
  const fields = await readExeclog(recording, writer, { name: "made.log", onError, threads: 1 });
  return { fields, events };
}

/**
 * `guestWrite TTBR0_EL1 v0 1000`, of one pCPU: the two logs count time in different ways. vCPUs have their numbers in
 * the order in which they come on it.
 */
function told(events: readonly Collected[], pcpu: number): string[] {
  const own = events.filter((event) => event.pcpu === pcpu);
  const vcpus = [...new Set(own.map(({ vcpu }) => vcpu).filter((vcpu) => vcpu >= 0))];
  return own.map(({ kind, register, vcpu, value }) => `${kind} ${register} v${vcpus.indexOf(vcpu)} ${value}`);
}

describe.each(["vhe", "nvhe", "chatty"] as const)("a recording with its registers (%s)", (name) => {
  it("says the same as the model's log of the same run", async () => {
    // It ends within an instruction, whose value the last line would give.
    const text = fixture(name).replace(/[^\n]*\n$/, "");
    const model = scan(text);
    const { fields, events } = await read(rewritten(text));
    for (const number of [0, 1]) {
      const own = told(events, fields.pcpus.indexOf(number));
      expect(own.length).toBeGreaterThan(500);
      expect(own).toEqual(told(model.collected, model.machine.pcpus.indexOf(number)));
    }
    expect(fields).toMatchObject({
      source: { format: "execlog", dialect: "every instruction" },
      clock: { unit: "instructions", perCpu: true },
      mode: model.machine.mode,
      capabilities: { guestWrites: "all", guestReads: "all", values: true, entries: "all", switches: true },
      anomalies: {},
    });
  });

  it("shows an entry from which the guest comes back before its first instruction", async () => {
    const text = rewritten(fixture(name).replace(/[^\n]*\n$/, ""));
    const plain = await read(text);
    const { fields, events } = await read(withAborts(text, 20));
    let aborts = 0;
    for (const number of [0, 1]) {
      const own = told(events, fields.pcpus.indexOf(number));
      const isAbort = (at: number): boolean => /^fastExit .* 82000007$/.test(own[at] ?? "");
      aborts += own.filter((_, at) => isAbort(at)).length;
      // Each has an entry before it and one behind it.
      const rest = own.filter((_, at) => !isAbort(at) && !isAbort(at - 1));
      expect(rest).toEqual(told(plain.events, plain.fields.pcpus.indexOf(number)));
    }
    expect(aborts).toBeGreaterThan(4);
    expect(fields.anomalies).toEqual({});
  });
});

/** A guest without a hypervisor: TTBR0_EL1 and CONTEXTIDR_EL1 written, an SVC, a trap to EL1. */
const bare = [
  '0, 0x40080000, 0xaa0003e1, "mov x1, x0"',
  '0, 0x40080004, 0xd5182000, "msr ttbr0_el1, x0"',
  '0, 0x40080008, 0xf9400001, "ldr x1, [x0]", load, 0x40001000, RAM',
  '0, 0x4008000c, 0xd538d020, "mrs x0, contextidr_el1"',
  '1, 0x40080000, 0xd518d020, "msr contextidr_el1, x0"',
  '0, 0x40080010, 0xd51be040, "msr cntv_ctl_el0, x0"',
  '0, 0xffff800080010400, 0xd10543ff, "sub sp, sp, #0x150"',
  '1, 0x40080004, 0xd503201f, "nop"',
  "",
].join("\n");

describe("a log without registers", () => {
  it("shows accesses, and takes none that trapped for one that retired", async () => {
    const { fields, events } = await read(bare, "fail", 7);
    expect(told(events, 0)).toEqual(["guestWrite TTBR0_EL1 v0 -", "guestRead CONTEXTIDR_EL1 v0 -"]);
    expect(told(events, 1)).toEqual(["guestWrite CONTEXTIDR_EL1 v0 -"]);
    expect(events.map(({ time }) => time)).toEqual([2, 4, 1]);
    expect(fields).toMatchObject({
      mode: "none",
      vcpus: [{ mpidr: 0 }, { mpidr: 1 }],
      capabilities: { guestWrites: "all", guestReads: "all", values: false, entries: "none", loads: false },
    });
  });

  it("that was filtered shows what the filter chose", async () => {
    const writes = [
      '0, 0x40080004, 0xd5182000, "msr      ttbr0_el1, x0", ttbr0_el1 -> 0x0000000041230000',
      '0, 0x40080400, 0xd5182000, "msr      ttbr0_el1, x0"',
      '0, 0x40080044, 0xd5182000, "msr      ttbr0_el1, x0", ttbr0_el1 -> 0x0000000049990000',
      "",
    ].join("\n");
    const { fields, events } = await read(writes);
    // What is logged by its changes alone did not change where it has none.
    expect(told(events, 0)).toEqual([
      "guestWrite TTBR0_EL1 v0 41230000",
      "guestWrite TTBR0_EL1 v0 41230000",
      "guestWrite TTBR0_EL1 v0 49990000",
    ]);
    expect(fields).toMatchObject({
      source: { dialect: "filtered" },
      clock: { unit: "ticks" },
      capabilities: { guestWrites: "all", guestReads: "none", values: true },
    });
  });

  it("passes over how the guest left EL2, and refuses a hypervisor by name", async () => {
    const boot = bare.replace("0xaa0003e1", "0xd51c1100").replace("mov x1, x0", "msr hcr_el2, x0");
    const { fields, events } = await read(boot);
    expect(fields.passedOver).toEqual({ "access that only EL2 or EL3 can make": 1 });
    expect(events.length).toBe(3);
    const host = bare.replace("0xaa0003e1", "0xd51c2100").replace("mov x1, x0", "msr vttbr_el2, x0");
    await expect(read(host)).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("a hypervisor runs a guest here"),
      remedy: expect.stringContaining("reg=cpsr"),
    });
    // A boot clears it.
    await read(bare.replace("0xaa0003e1", "0xd51c211f").replace("mov x1, x0", "msr vttbr_el2, xzr"));
  });

  it("is not taken in by 32-bit code with the same bits", async () => {
    const { events } = await read(
      '0, 0x1000, 0xd5182000, "ldrle r2, [r8, #-0]"\n0, 0x1004, 0xd503201f, "nop"\n',
    );
    expect(events).toEqual([]);
  });
});

describe("a log with levels", () => {
  const host = [
    '0, 0x1000, 0xd503201f, "nop", cpsr -> 0x600003c9',
    '0, 0x1004, 0xd51c1100, "msr hcr_el2, x0"',
    '0, 0x1008, 0xd503201f, "nop"',
    "",
  ].join("\n");

  it("that leaves out HCR_EL2 is refused", async () => {
    await expect(read(host)).rejects.toThrow("the values of HCR_EL2 and VTTBR_EL2");
  });

  it("and a filter is refused where there is a hypervisor", async () => {
    const filtered = [
      '0, 0x1000, 0xd51c1100, "msr hcr_el2, x0", cpsr -> 0x600003c9, x0 -> 0x0000000088000000',
      '0, 0x1008, 0xd51c1100, "msr hcr_el2, x0"',
      "",
    ].join("\n");
    await expect(read(filtered)).rejects.toThrow("a filter left instructions out");
  });
});

describe("what is no line of it", () => {
  it.each([
    ['0, 0x1000, 0xd503201f, "nop"x', "is no line of execlog"],
    ['0, 0x1000, 0xd503201f, "nop', "is no line of execlog"],
    ['0, 0x1000, 0x1d503201f, "nop"', "is no line of execlog"],
    ['0, 1000, 0xd503201f, "nop"', "is no line of execlog"],
    ['99999, 0x1000, 0xd503201f, "nop"', "is no line of execlog"],
    ["IN:", "is no line of execlog"],
  ])("%s", async (line, message) => {
    const error = await read(`${bare}${line}\n`).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TraplineError);
    expect(error).toMatchObject({ message: expect.stringContaining(message), place: { line: 9 } });
    const { fields, events } = await read(`${bare}${line}\n`, "skip");
    expect(events.length).toBe(3);
    expect(fields.anomalies).toEqual({ "malformed line": 1 });
  });
});

describe("recognition", () => {
  it("is sure of its own, and of nothing else", () => {
    expect(detectImporter(Buffer.from(bare))).toMatchObject({ importer: execlog, certainty: 1 });
    expect(detectImporter(Buffer.from(rewritten(fixture("vhe")).slice(0, 5000)))?.importer).toBe(execlog);
    for (const text of ["", "\n", "0, 1, 2, 3\n", "a, b\n", fixture("vhe").slice(0, 5000)]) {
      expect(execlog.detect(Buffer.from(text))).toBe(0);
    }
    expect(execlog.detect(Buffer.from(`# log\n${bare}`))).toBeCloseTo(8 / 9);
  });
});
