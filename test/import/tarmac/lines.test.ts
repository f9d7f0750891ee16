import { describe, expect, it } from "vitest";
import { scan } from "./scanned.js";

/** One MSR TTBR0_EL1 of a kernel without a hypervisor, as different tools write it. */
const written = ["p0 v0 guestWrite TTBR0_EL1 4321000 @12"];

describe("an instruction's line", () => {
  it.each([
    ["Fast Models", "12 clk IT (12) ffff800080010000 d5182000 O EL1h_n : MSR TTBR0_EL1,x0"],
    ["with a 32-bit address", "12 clk IT (12) 80010000 d5182000 O EL1h_n : MSR TTBR0_EL1,x0"],
    [
      "with a physical address",
      "12 clk IT (12) 80010000:000080010000_NS d5182000 O EL1h_n : MSR TTBR0_EL1,x0",
    ],
    ["with the address in the bracket", "12 cs IT (00000000004d6eb8) d5182000 O ---_- : msr ttbr0_el1, x0"],
    [
      "with address and count in the bracket",
      "12 ns IT (80010000:00000006) 80010000 d5182000 O EL1h_n : MSR",
    ],
    ["without mode", "12 clk IT (12) 80010000 d5182000 O : MSR TTBR0_EL1,x0"],
    ["without opcode", "12 clk IT (12) ffff800080010000 O EL1h_n : MSR TTBR0_EL1,x0"],
    ["with dashes for the opcode", "12 tic ES (0000000080010000:--------) O el1h_ns: msr ttbr0_el1, x0"],
    [
      "with a generic name and no opcode",
      "12 tic ES (0000000080010000:--------) O el1h_ns: msr s3_0_c2_c0_0, x0",
    ],
    ["IF", "12 clk IF (12) 80010000 d5182000 O EL1h_n : MSR TTBR0_EL1,x0"],
    ["ES", "  12 ns  ES  (0000000080010000:d5182000) O el1h_ns:   MSR   ttbr0_el1,x0"],
    ["gem5", "12 clk cpu0 IT (3) 80010000:000080010000 d5182000 O EL1h_ns :   msr   ttbr0_el1, x0"],
  ])("%s", (_, line) => {
    const unit = /\b(clk|cs|ns|tic)\b/.exec(line)![1];
    expect(scan(`${line}\n12 ${unit} R TTBR0_EL1 0000000004321000\n`).events).toEqual(written);
  });

  it.each([
    ["whose condition failed", "12 clk IS (12) 80010000 d5182000 O EL1h_n : MSR TTBR0_EL1,x0"],
    ["with CCFAIL", "12 ns ES (0000000080010000:d5182000) O el1h_ns: CCFAIL MSR ttbr0_el1,x0"],
    ["in AArch32, whatever its opcode", "12 clk IT (12) 80010000 d5182000 A svc_s : LDRLE r2,[r8]"],
    ["that was not fetched", "12 tic ES (0000000080010000:--------) O el1h_ns:"],
    ["that is another", "12 clk IT (12) ffff800080010000 d503201f O EL1h_n : NOP"],
  ])("of one %s is no access", (_, line) => {
    expect(scan(`${line}\n`).events).toEqual([]);
  });

  it("is a read with the general register that follows", () => {
    for (const name of ["X0", "x0", "r0", "W0", "lr_EL1h"]) {
      const { events } = scan(
        `12 clk IT (12) 80010000 d5382000 O EL1h_n : MRS x0,TTBR0_EL1\n12 clk R ${name} 4321000\n`,
      );
      expect(events).toEqual(["p0 v0 guestRead TTBR0_EL1 4321000 @12"]);
    }
  });

  it("has no value if no register follows", () => {
    const line = (time: number): string =>
      `${time} clk IT (${time}) 80010000 d518201f O EL1h_n : MSR TTBR0_EL1,xzr\n`;
    expect(scan(line(12) + line(13)).events).toEqual([
      "p0 v0 guestWrite TTBR0_EL1 - @12",
      "p0 v0 guestWrite TTBR0_EL1 - @13",
    ]);
  });
});

describe("a register's value", () => {
  it.each([
    ["0000000004321000", "4321000"],
    ["00000000_04321000", "4321000"],
    ["00000000 04321000", "4321000"],
    ["00000000:04321000", "4321000"],
    ["0x4321000", "4321000"],
    ["04321000 (note)", "4321000"],
    ["04321000 __C_", "4321000"],
    ["FEDCBA9876543210", "fedcba9876543210"],
    ["-------- --------", "-"],
    ["xx0xxXxx", "-"],
  ])("may be written %s", (value, read) => {
    const line = "12 clk IT (12) 80010000 d5182000 O EL1h_n : MSR TTBR0_EL1,x0\n";
    expect(scan(`${line}12 clk R TTBR0_EL1 ${value}\n`).events).toEqual([
      `p0 v0 guestWrite TTBR0_EL1 ${read} @12`,
    ]);
    expect(scan(`${line}12 clk R TTBR0_EL1 (NS) ${value}\n`).events).toEqual([
      `p0 v0 guestWrite TTBR0_EL1 ${read} @12`,
    ]);
  });

  it("is not known from a part of it", () => {
    const line = "12 clk IT (12) 80010000 d5182000 O EL1h_n : MSR TTBR0_EL1,x0\n";
    expect(scan(`${line}12 clk R TTBR0_EL1<31:0> 04321000\n`).events).toEqual([
      "p0 v0 guestWrite TTBR0_EL1 - @12",
    ]);
  });

  it("is not taken from other registers that change with the instruction", () => {
    const text = [
      "12 clk IT (12) 80010000 d5182000 O EL1h_n : MSR TTBR0_EL1,x0",
      "12 clk R X5 0000000000000005",
      "12 clk R V0 00000000000000000000000000000001",
      "12 clk R TTBR0_EL1 0000000004321000",
      "",
    ].join("\n");
    expect(scan(text).events).toEqual(written);
    expect(scan(text, { general: true }).events).toEqual(written);
  });
});

describe("a system register without a name", () => {
  it("has a value like any other", () => {
    const text =
      "12 clk IT (12) 80010000 d518f100 O EL1h_n : MSR S3_0_C15_C1_0,x0\n12 clk R S3_0_C15_C1_0 5\n";
    expect(scan(text).events).toEqual(["p0 v0 guestWrite S3_0_C15_C1_0 5 @12"]);
  });
});

describe("an exception", () => {
  const msr = "12 clk cpu0 IT (12) ffff800080010000 d5182000 O EL1h_n : MSR TTBR0_EL1,x0\n";

  it("at a write's own address keeps it from retiring", () => {
    expect(scan(`${msr}12 clk cpu0 E ffff800080010000 00000008 CoreEvent_CURRENT_SPx_SYNC\n`).events).toEqual(
      [],
    );
  });

  it("behind it does not", () => {
    expect(
      scan(`${msr}12 clk cpu0 E ffff800080010004 00000008 CoreEvent_CURRENT_SPx_SYNC\n`).events,
    ).toHaveLength(1);
    expect(
      scan(`${msr}12 clk cpu0 E ffff800080010000 00000008 CoreEvent_CURRENT_SPx_IRQ\n`).events,
    ).toHaveLength(1);
  });
});

describe("lines of other kinds", () => {
  it("are counted by kind", () => {
    const { text } = scan(
      [
        "Tarmac Text Rev 3t",
        "     0 ns ES EXC [0x00] Reset",
        "          R CPSR 000003cd",
        "          BR (0000000000000000) O",
        "     1 ns ES (0000000000000000:a9be7bfd) O el3h_s: STP x29,x30,[sp,#-0x20]!",
        "          ST 0000000004001b60 02000000 00000000 00000000 00000020  S:0004001b60 nGnRnE OSH",
        "             0000000004001b50 02000000 00000000 00000000 00000020  S:0004001b50 nGnRnE OSH",
        "             0000000000000001 ........ ........ ........ ........",
        "     2 ns MR8 0000c7c8:00000000c7c8 00000000_0000ca68",
        "     2 ns MW4X 0000c7c8 00000000",
        "     2 ns MR1 0000c7c8 00",
        "     2 ns CADI E simulation_stopped",
        "     2 ns SIGNAL: IRQ 1",
        "     2 ns E DebugEvent_HaltingDebugState 00000000",
        "     2 ns IT (9) 00000004 d503207f O EL1h_n : WFI",
        "",
        "",
      ].join("\n"),
    );
    expect(text.passedOver).toEqual({
      BR: 1,
      CADI: 1,
      "E DebugEvent": 1,
      MR: 2,
      MW: 1,
      SIGNAL: 1,
      ST: 1,
      header: 1,
      reset: 1,
      "system instruction": 1,
    });
    expect(text).toMatchObject({ ordinary: 1, malformed: 0, dialect: "ES", lines: 16 });
  });

  it("have a bounded number of kinds", () => {
    const lines = Array.from({ length: 1000 }, (_, at) => `1 clk KIND${"A".repeat(at % 200)}B 0\n`);
    const { passedOver } = scan(lines.join("")).text;
    expect(Object.keys(passedOver).length).toBeLessThanOrEqual(65);
    expect(Object.values(passedOver).reduce((sum, each) => sum + each, 0)).toBe(1000);
  });

  it("do not hide what a full log has between", () => {
    const { events } = scan(
      "12 clk IT (12) 80010000 d5182000 O EL1h_n : MSR TTBR0_EL1,x0\n12 clk MR8 80010000 1\n12 clk R TTBR0_EL1 4321000\n",
    );
    expect(events).toEqual(written);
  });
});
