import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerName, registers } from "#src/registers/lookup.js";
import { scan } from "../../import/tarmac/scanned.js";
import {
  compile,
  compileFakeQemu,
  hasCompiler,
  pluginSources,
  runFakeQemu,
  withoutCompiler,
  type Ran,
} from "./compiler.js";

const opcode = (base: number, encoding: number, rt: number): string =>
  ((base | ((encoding << 5) & 0xfffe0) | rt) >>> 0).toString(16);
const msr = (encoding: number, rt: number): string => opcode(0xd5100000, encoding, rt);
const mrs = (encoding: number, rt: number): string => opcode(0xd5300000, encoding, rt);

const PIR_EL1 = 0xc513;
const SP_EL0 = 0xc208;
const HCR_EL2 = 0xe088;
const VTTBR_EL2 = 0xe108;
const nop = "d503201f";
const eret = "d69f03e0";

/** A VHE host's kernel at EL2, as it begins. */
const vheHost = ["reg cpsr 9", "reg HCR_EL2 488000000", "reg VMPIDR_EL2 80000000"];

/** From there into a guest: its stage 2 is loaded, its traps are set, it is entered. */
const intoGuest = [
  "reg x2 1000043180001",
  `block 1000 ${msr(VTTBR_EL2, 2)}:VTTBR_EL2=1000043180001 ${nop}`,
  "reg x3 480000001",
  `block 2000 ${msr(HCR_EL2, 3)}:HCR_EL2=480000001 ${eret}:cpsr=5`,
];

describe.skipIf(!hasCompiler)(`the recorder's plugin${withoutCompiler}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "trapline-recorder-"));
  const program = join(folder, "fake-qemu");
  beforeAll(() => compileFakeQemu(program));
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (options: readonly string[], orders: readonly string[]): Ran =>
    runFakeQemu(program, options, orders);
  /** Without the lines about what is counted. */
  const lines = (orders: readonly string[], options: readonly string[] = []): readonly string[] =>
    run(["out=-", "from=boot", ...options], [...orders, "end"]).lines.filter(
      (line) => !/SIGNAL|Tarmac/.test(line),
    );

  it.each([4, 5, 6, 7])("compiles without a warning for API %d of QEMU", (api) => {
    for (const source of pluginSources()) {
      expect(() => compile(["-fsyntax-only", `-DTRAPLINE_API=${api}`, source])).not.toThrow();
    }
  });

  it("refuses to compile for an API without scoreboards and registers", () => {
    expect(() => compile(["-fsyntax-only", "-DTRAPLINE_API=3", pluginSources()[0]])).toThrow(/QEMU 10\.0/);
  });

  it("gives an MSR its value and, under E2H, the register that it reaches", () => {
    expect(lines([...vheHost, "reg x1 abc", `block 1000 ${nop} ${msr(PIR_EL1, 1)} ${nop}`])).toEqual([
      "0 clk cpu0 R HCR_EL2 0000000488000000",
      "0 clk cpu0 R VTTBR_EL2 0000000000000000",
      "0 clk cpu0 R VMPIDR_EL2 0000000080000000",
      "2 clk cpu0 IT (2) 0000000000001004 d518a261 O EL2h_n : MSR      PIR_EL1,x1",
      "2 clk cpu0 R PIR_EL2 0000000000000abc",
    ]);
  });

  it("gives an MRS what the register held, read behind it, at the end of a block too", () => {
    const seen = lines([
      ...vheHost,
      `block 1000 ${mrs(PIR_EL1, 0)}:x0=5 ${nop} ${mrs(PIR_EL1, 30)}:x30=6`,
      `block 2000 ${mrs(PIR_EL1, 31)} ${nop}`,
    ]);
    expect(seen.slice(3)).toEqual([
      "1 clk cpu0 IT (1) 0000000000001000 d538a260 O EL2h_n : MRS      x0,PIR_EL1",
      "1 clk cpu0 R X0 0000000000000005",
      "3 clk cpu0 IT (3) 0000000000001008 d538a27e O EL2h_n : MRS      x30,PIR_EL1",
      "3 clk cpu0 R X30 0000000000000006",
      "4 clk cpu0 IT (4) 0000000000002000 d538a27f O EL2h_n : MRS      xzr,PIR_EL1",
    ]);
  });

  it("leaves out an access that traps, and counts no instruction behind it", () => {
    const seen = lines([
      ...vheHost,
      ...intoGuest,
      "stop 2",
      `block 4000 ${nop} ${msr(PIR_EL1, 1)} ${nop} ${nop}`,
      "reg ESR_EL2 62300000",
      "reg SPSR_EL2 5",
      "reg cpsr 3c9",
      "discon 2 4004 ffff0400",
      `block ffff0400 ${nop}`,
      // Tried again, and let through.
      `block 4004 ${msr(PIR_EL1, 1)} ${nop}`,
    ]);
    expect(seen.filter((line) => line.includes("PIR_EL1"))).toHaveLength(1);
    expect(seen.slice(seen.findIndex((line) => line.includes(" E ")))).toEqual([
      "5 clk cpu0 E 0000000000004004 00000008 CoreEvent_LOWER_64_SYNC",
      "5 clk cpu0 R ESR_EL2 0000000062300000",
      "5 clk cpu0 R SPSR_EL2 0000000000000005",
      "5 clk cpu0 R HCR_EL2 0000000480000001",
      "5 clk cpu0 R VTTBR_EL2 0001000043180001",
      expect.stringContaining("7 clk cpu0 IT (7)"),
      expect.stringContaining("PIR_EL"),
    ]);
  });

  it("logs what retired before an interrupt, and who runs at entry and exit", () => {
    const seen = lines([
      ...vheHost,
      ...intoGuest,
      "reg SPSR_EL2 5",
      "reg cpsr 3c9",
      "discon 1 3000 ffff0480",
      `block ffff0480 ${nop}`,
    ]);
    expect(seen.slice(-7)).toEqual([
      "4 clk cpu0 IT (4) 0000000000002004 d69f03e0 O EL2h_n : ERET",
      "4 clk cpu0 R HCR_EL2 0000000480000001",
      "4 clk cpu0 R VTTBR_EL2 0001000043180001",
      "4 clk cpu0 E 0000000000003000 00000009 CoreEvent_LOWER_64_IRQ",
      "4 clk cpu0 R SPSR_EL2 0000000000000005",
      "4 clk cpu0 R HCR_EL2 0000000480000001",
      "4 clk cpu0 R VTTBR_EL2 0001000043180001",
    ]);
  });

  it("logs an HVC that was executed, and not one that was not", () => {
    const hvc = (esr: string): readonly string[] => [
      ...vheHost,
      ...intoGuest,
      "stop 1",
      `block 4000 d4000002 ${nop}`,
      `reg ESR_EL2 ${esr}`,
      "reg SPSR_EL2 5",
      "reg cpsr 3c9",
      "discon 2 4004 ffff0400",
      `block ffff0400 ${nop}`,
    ];
    const count = (orders: readonly string[]): number =>
      lines(orders).filter((line) => line.includes(": HVC ")).length;
    expect([count(hvc("5a000000")), count(hvc("02000000"))]).toEqual([1, 0]);
  });

  it("gives a guest's abort its addresses", () => {
    const seen = lines([
      ...vheHost,
      ...intoGuest,
      "stop 1",
      `block 4000 ${nop} ${nop}`,
      "reg ESR_EL2 92000046",
      "reg FAR_EL2 beef",
      "reg HPFAR_EL2 90000",
      "reg SPSR_EL2 5",
      "reg cpsr 3c9",
      "discon 2 4000 ffff0400",
      `block ffff0400 ${nop}`,
    ]);
    expect(seen).toEqual(
      expect.arrayContaining([
        "4 clk cpu0 R FAR_EL2 000000000000beef",
        "4 clk cpu0 R HPFAR_EL2 0000000000090000",
      ]),
    );
  });

  it("counts frequent reads, logs them in switch code, and says so", () => {
    const orders = [
      ...vheHost,
      `block 1000 ${mrs(SP_EL0, 0)} ${mrs(SP_EL0, 0)} ${nop}`,
      ...intoGuest.slice(0, 3),
      // Behind the guest's traps: the code that enters the guest.
      `block 2000 ${msr(HCR_EL2, 3)}:HCR_EL2=480000001 ${nop} ${mrs(SP_EL0, 0)} ${eret}:cpsr=5`,
      `block 3000 ${mrs(SP_EL0, 0)} ${nop}`,
      "end",
    ];
    const { lines: all } = run(["out=-", "from=boot"], orders);
    expect(all[0]).toBe("Tarmac Text Rev 3t");
    expect(all[1]).toBe("0 clk cpu0 SIGNAL COUNTED MRS SP_EL0 0");
    expect(all.at(-1)).toBe("11 clk cpu0 SIGNAL COUNTED MRS SP_EL0 3");
    expect(all.filter((line) => line.includes("x0,SP_EL0"))).toHaveLength(1);
    const { text } = scan(`${all.join("\n")}\n`);
    expect(text.passedOver["MRS SP_EL0, counted by the recorder and not logged"]).toBe(3);

    const logged = run(["out=-", "from=boot", "count=none"], orders).lines;
    expect(logged.filter((line) => line.includes("x0,SP_EL0"))).toHaveLength(4);
    expect(logged.filter((line) => line.includes("SIGNAL"))).toEqual([]);
  });

  it("begins with who ran where, and keeps what led to the first guest", () => {
    const busy = Array.from({ length: 300 }, () => `block 1000 ${`${msr(PIR_EL1, 1)} `.repeat(100)}${nop}`);
    const { lines: all } = run(["out=-", "count=none"], [...vheHost, ...busy, ...intoGuest, "end"]);
    expect(all.slice(1, 4)).toEqual([
      "0 clk cpu0 R HCR_EL2 0000000488000000",
      "0 clk cpu0 R VTTBR_EL2 0000000000000000",
      "0 clk cpu0 R VMPIDR_EL2 0000000080000000",
    ]);
    const kept = all.filter((line) => line.includes("MSR      PIR_EL1")).length;
    expect(kept).toBeGreaterThan(7000);
    expect(kept).toBeLessThan(29_000);
    expect(all.some((line) => line.includes("R VTTBR_EL2 0001000043180001"))).toBe(true);
  });

  it("says that it recorded nothing where no guest was loaded", () => {
    const { lines: all, stderr } = run(
      ["out=-"],
      [...vheHost, `block 1000 ${msr(PIR_EL1, 1)} ${nop}`, "end"],
    );
    expect(all.filter((line) => line.includes("PIR_EL1"))).toEqual([]);
    expect(stderr).toContain("no guest was loaded");
  });

  it("keeps CPUs apart", () => {
    const seen = lines([
      ...vheHost,
      `block 1000 ${nop} ${msr(PIR_EL1, 31)}`,
      "cpu 1",
      "reg cpsr 9",
      "reg HCR_EL2 488000000",
      `block 1000 ${msr(PIR_EL1, 31)} ${nop}`,
      "cpu 0",
      `block 1000 ${nop}`,
    ]);
    expect(seen.filter((line) => line.includes("MSR"))).toEqual([
      "1 clk cpu1 IT (1) 0000000000001000 d518a27f O EL2h_n : MSR      PIR_EL1,xzr",
      "2 clk cpu0 IT (2) 0000000000001004 d518a27f O EL2h_n : MSR      PIR_EL1,xzr",
    ]);
  });

  it("names every register as trapline does", () => {
    const known = registers.filter(({ encoding }) => encoding >= 0x8000 && encoding <= 0xffff);
    const encodings = known.flatMap(({ encoding, alias }) =>
      alias ? [encoding, alias.encoding] : [encoding],
    );
    const unknown = 0xfffd;
    const orders = [...encodings, unknown].map((encoding) => `block 1000 ${mrs(encoding, 1)} ${nop}`);
    const seen = lines(["reg cpsr 5", ...orders], ["count=none"]);
    const names = seen.flatMap((line) => / MRS {6}x1,(\w+)$/.exec(line)?.[1] ?? []);
    expect(names).toEqual([...encodings, unknown].map(registerName));
  });

  it("logs TLBI and AT, and leaves DC, IC and barriers out", () => {
    const seen = lines([`block 1000 d508871f d5087801 d50b7a21 d508751f d5033fdf d503207f ${nop}`]);
    expect(seen.flatMap((line) => /: (.*)$/.exec(line)?.[1] ?? [])).toEqual([
      "SYS      #0,C8,C7,#0,xzr",
      "SYS      #0,C7,C8,#0,x1",
      "WFI",
    ]);
    const { lines: counted } = run(
      ["out=-", "from=boot", "count=none+TLBI+AT"],
      [`block 1000 d508871f d508871f d5087801 ${nop}`, "end"],
    );
    expect(counted.slice(-2)).toEqual(["4 clk cpu0 SIGNAL COUNTED TLBI 2", "4 clk cpu0 SIGNAL COUNTED AT 1"]);
  });

  it.each([
    [["count=PIR_EL9", "out=-"], "not PIR_EL9"],
    [[], "out=FILE is missing"],
    [["out=-", "speed=9"], "this is none: speed=9"],
    [["out=/dev/null/x"], "/dev/null/x: Not a directory"],
  ])("refuses %j", (options, complaint) => {
    const { status, stderr } = run(options, []);
    expect(status).toBe(1);
    expect(stderr).toContain(complaint);
  });
});
