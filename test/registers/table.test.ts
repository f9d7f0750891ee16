import { describe, expect, it } from "vitest";
import { fieldsOf } from "#src/registers/encoding.js";
import { registerByName, registers, trapKey } from "#src/registers/lookup.js";
import type { Register } from "#src/registers/register.js";
import { features } from "#src/registers/register.js";
import { fpsimdEncoding } from "#src/registers/table-fp.js";

const registerOf = (name: string): Register => {
  const register = registers.find((candidate) => candidate.name === name);
  if (register === undefined) {
    throw new Error(`${name} is not in the table`);
  }
  return register;
};

const namesOf = (rows: readonly Register[]): string[] => rows.map(({ name }) => name);

const repeated = <T>(values: readonly T[]): T[] => values.filter((value, at) => values.indexOf(value) !== at);

describe("the table", () => {
  it("has every name and every encoding once, aliases included", () => {
    const all = registers.flatMap(({ name, encoding, alias }) =>
      alias === undefined ? [{ name, encoding }] : [{ name, encoding }, alias],
    );
    expect(all.length).toBeGreaterThan(450);
    expect(repeated(all.map(({ name }) => name.toUpperCase()))).toEqual([]);
    expect(repeated(all.map(({ encoding }) => encoding))).toEqual([]);
  });

  it("keeps to 16 bits and to the register space of MSR, but for the FP register file", () => {
    const outside = registers.filter(({ encoding }) => encoding > 0xffff || fieldsOf(encoding).op0 < 2);
    expect(namesOf(outside)).toEqual(["FPSIMD"]);
    expect(registerOf("FPSIMD").encoding).toBe(fpsimdEncoding);
    expect(fpsimdEncoding).toBeGreaterThan(0xffff);
  });

  it("knows every feature that a row names", () => {
    const named = new Set(registers.map(({ feature }) => feature).filter((feature) => feature !== undefined));
    expect([...named].toSorted()).toEqual([...features].toSorted());
  });

  it("lists the switched registers in the kernel's order, before all others", () => {
    const classes = registers.map((register) => register.class);
    expect(classes.filter((value, at) => value !== classes[at - 1])).toEqual([
      "el1",
      "user",
      "common",
      "return",
      "keys",
      "fp",
      "debug",
      "timer",
      "vgic",
      "pmu",
      "control",
      "id",
      "other",
    ]);
    expect(namesOf(registers.slice(0, 31))).toEqual(
      (
        "SCTLR_EL1 CPACR_EL1 TTBR0_EL1 TTBR1_EL1 TCR_EL1 TCR2_EL1 PIR_EL1 PIRE0_EL1 POR_EL1 ESR_EL1 AFSR0_EL1 " +
        "AFSR1_EL1 FAR_EL1 MAIR_EL1 VBAR_EL1 CONTEXTIDR_EL1 AMAIR_EL1 CNTKCTL_EL1 PAR_EL1 TPIDR_EL1 TFSR_EL1 " +
        "TFSRE0_EL1 SP_EL1 ELR_EL1 SPSR_EL1 SCTLR2_EL1 TPIDR_EL0 TPIDRRO_EL0 MDSCR_EL1 POR_EL0 ELR_EL2"
      ).split(" "),
    );
  });
});

describe("aliases", () => {
  // tools/sysreg of v6.12, all of them.
  const el12 =
    "AFSR0 AFSR1 AMAIR BRBCR CNTKCTL CONTEXTIDR CPACR ELR ESR FAR GCSCR GCSPR MAIR PIRE0 PIR PMSCR POR SCTLR2 " +
    "SCTLR SCXTNUM SMCR SPSR TCR2 TCR TFSR TRFCR TTBR0 TTBR1 VBAR ZCR";

  it.each(el12.split(" "))("%s_EL12 belongs to its EL1 register", (stem) => {
    expect(registerByName(`${stem}_EL12`)).toBe(registerOf(`${stem}_EL1`));
  });

  it.each("CNTP_CTL CNTP_CVAL CNTP_TVAL CNTV_CTL CNTV_CVAL CNTV_TVAL".split(" "))(
    "%s_EL02 belongs to its EL0 register",
    (stem) => {
      expect(registerByName(`${stem}_EL02`)).toBe(registerOf(`${stem}_EL0`));
    },
  );

  it("differ from the register in op1 = 5 alone", () => {
    const aliased = registers.filter(({ alias }) => alias !== undefined);
    expect(aliased.length).toBeGreaterThan(36);
    for (const { encoding, alias } of aliased) {
      const { op1, ...rest } = fieldsOf(encoding);
      expect(op1).not.toBe(5);
      expect(fieldsOf(alias!.encoding)).toEqual({ ...rest, op1: 5 });
    }
  });

  it.each(["PAR_EL1", "TPIDR_EL1", "SP_EL1", "TFSRE0_EL1", "TPIDR_EL0", "MDSCR_EL1", "DISR_EL1"])(
    "%s has none",
    (name) => {
      expect(registerOf(name).alias).toBeUndefined();
    },
  );
});

const numberedFamily = /^(ICC_IGRPEN|ERXMISC|DBG[BW][CV]R|PMEVCNTR|PMEVTYPER|TRCCNTVR|TRCIMSPEC|TRCSSCSR)\d+/;

describe("write traps", () => {
  it("share a bit only where the architecture says so", () => {
    const shared = rowsByTrapKey()
      .filter((rows) => rows.length > 1)
      .map((rows) => namesOf(rows).map((name) => name.replace(numberedFamily, "$1n")))
      .map((names) => [...new Set(names)].toSorted().join(" "));
    expect(shared.toSorted()).toEqual(
      [
        "SCTLR2_EL1 SCTLR_EL1",
        "TCR2_EL1 TCR_EL1",
        "APIAKEYHI_EL1 APIAKEYLO_EL1",
        "APIBKEYHI_EL1 APIBKEYLO_EL1",
        "APDAKEYHI_EL1 APDAKEYLO_EL1",
        "APDBKEYHI_EL1 APDBKEYLO_EL1",
        "APGAKEYHI_EL1 APGAKEYLO_EL1",
        "GCSCR_EL1 GCSPR_EL1",
        "GCSCRE0_EL1 GCSPR_EL0",
        "ICC_IGRPENn_EL1",
        "ERXMISCn_EL1",
        "DBGBCRn_EL1",
        "DBGBVRn_EL1",
        "DBGWCRn_EL1",
        "DBGWVRn_EL1",
        "DBGCLAIMCLR_EL1 DBGCLAIMSET_EL1",
        "PMCNTENCLR_EL0 PMCNTENSET_EL0",
        "PMINTENCLR_EL1 PMINTENSET_EL1",
        "PMOVSCLR_EL0 PMOVSSET_EL0",
        "PMEVCNTRn_EL0 PMXEVCNTR_EL0",
        "PMEVTYPERn_EL0 PMXEVTYPER_EL0",
        "TRCCNTVRn",
        "TRCIMSPECn",
        "TRCSSCSRn",
        "TRCCLAIMCLR TRCCLAIMSET",
        "BRBCR_EL1 BRBFCR_EL1",
        "BRBINFINJ_EL1 BRBSRCINJ_EL1 BRBTGTINJ_EL1 BRBTS_EL1",
      ].toSorted(),
    );
  });

  it("use the writable bits of HFGWTR_EL2 that have a register, and no others", () => {
    const readOnlyOrReserved = new Set([51, 46, 42, 40, 28, 26, 25, 21, 18, 15, 14, 10, 9, 2]);
    const expected = Array.from({ length: 64 }, (_, bit) => bit).filter(
      (bit) => !readOnlyOrReserved.has(bit),
    );
    expect(bitsOf("HFGWTR_EL2")).toEqual(expected);
  });

  it("use every bit of HFGWTR2_EL2 but that of the read-only ERXGSR_EL1", () => {
    expect(bitsOf("HFGWTR2_EL2")).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  it("use the writable bits of HDFGWTR_EL2 but TRC, whose registers are not in the table", () => {
    expect(bitsOf("HDFGWTR_EL2")).toEqual([
      0, 1, 2, 3, 4, 5, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 31,
      32, 35, 36, 37, 41, 42, 44, 45, 46, 48, 49, 50, 52, 53, 54, 55, 56, 57, 60, 61, 62,
    ]);
  });

  it("trap at 0 exactly for the bits whose names start with n", () => {
    const firstInverted = { HFGWTR_EL2: 50, HFGWTR2_EL2: 0, HDFGWTR_EL2: 60 };
    const wrong = registers.filter(
      ({ trap }) => trap !== undefined && (trap.trapsWhen === 0) !== trap.bit >= firstInverted[trap.control],
    );
    expect(namesOf(wrong)).toEqual([]);
  });

  it("are where the field tables have them", () => {
    expect(registerOf("PIR_EL1").trap).toEqual({ control: "HFGWTR_EL2", bit: 58, trapsWhen: 0 });
    expect(registerOf("PIRE0_EL1").trap).toEqual({ control: "HFGWTR_EL2", bit: 57, trapsWhen: 0 });
    expect(registerOf("TCR_EL1").trap).toEqual({ control: "HFGWTR_EL2", bit: 32, trapsWhen: 1 });
    expect(registerOf("TCR2_EL1").trap).toEqual(registerOf("TCR_EL1").trap);
    expect(registerOf("MDSCR_EL1").trap).toEqual({ control: "HDFGWTR_EL2", bit: 4, trapsWhen: 1 });
    expect(registerOf("RCWSMASK_EL1").trap).toEqual({ control: "HFGWTR2_EL2", bit: 2, trapsWhen: 0 });
  });

  it.each("SP_EL1 ELR_EL1 SPSR_EL1 CNTKCTL_EL1 TFSR_EL1 TFSRE0_EL1 ACTLR_EL1 ZCR_EL1 SMCR_EL1".split(" "))(
    "do not exist for %s",
    (name) => {
      expect(registerOf(name).trap).toBeUndefined();
    },
  );

  it("do not exist for read-only registers", () => {
    const readOnly = registers.filter((register) => register.readOnly === true);
    expect(readOnly.length).toBeGreaterThan(50);
    expect(namesOf(readOnly.filter(({ trap }) => trap !== undefined))).toEqual([]);
  });
});

const trappedByTvmSince = (version: string | undefined): string[] =>
  namesOf(registers.filter(({ tvm, tvmSince }) => tvm === true && tvmSince === version)).toSorted();

describe("HCR_EL2.TVM", () => {
  it("traps the registers of KVM's table", () => {
    expect(trappedByTvmSince(undefined)).toEqual(
      (
        "AFSR0_EL1 AFSR1_EL1 AMAIR_EL1 CONTEXTIDR_EL1 ESR_EL1 FAR_EL1 MAIR_EL1 SCTLR_EL1 TCR2_EL1 TCR_EL1 " +
        "TTBR0_EL1 TTBR1_EL1"
      ).split(" "),
    );
    expect(trappedByTvmSince("6.13")).toEqual(["PIRE0_EL1", "PIR_EL1", "POR_EL0", "POR_EL1"]);
    expect(trappedByTvmSince("6.17")).toEqual(["SCTLR2_EL1"]);
  });
});

describe("implicit writers", () => {
  it.each(
    (
      "ESR_EL1 FAR_EL1 ELR_EL1 SPSR_EL1 PFAR_EL1 PAR_EL1 TFSR_EL1 TFSRE0_EL1 RGSR_EL1 SP_EL0 SP_EL1 GCSPR_EL0 " +
      "GCSPR_EL1 DISR_EL1 VDISR_EL2 CNTP_CTL_EL0 CNTV_CTL_EL0 PMCCNTR_EL0 PMEVCNTR0_EL0 PMEVCNTR30_EL0 " +
      "PMXEVCNTR_EL0 PMOVSSET_EL0 PMOVSCLR_EL0 ERXSTATUS_EL1 FPSR FPCR FPMR NZCV FPSIMD"
    ).split(" "),
  )("change %s", (name) => {
    expect(registerOf(name).hardwareWritten).toBe("yes");
    expect(registerOf(name).writtenBy).toBeTypeOf("string");
  });

  it.each(["AFSR0_EL1", "AFSR1_EL1"])("may change %s on some machines", (name) => {
    expect(registerOf(name).hardwareWritten).toBe("implementation-defined");
    expect(registerOf(name).writtenBy).toBeTypeOf("string");
  });

  it.each(
    (
      "SCTLR_EL1 SCTLR2_EL1 CPACR_EL1 TTBR0_EL1 TTBR1_EL1 TCR_EL1 TCR2_EL1 MAIR_EL1 MAIR2_EL1 AMAIR_EL1 AMAIR2_EL1 " +
      "PIR_EL1 PIRE0_EL1 POR_EL1 POR_EL0 S2POR_EL1 VBAR_EL1 CONTEXTIDR_EL1 TPIDR_EL0 TPIDR_EL1 TPIDRRO_EL0 " +
      "TPIDR2_EL0 SCXTNUM_EL0 SCXTNUM_EL1 APIAKEYLO_EL1 APGAKEYHI_EL1 GCR_EL1 GCSCR_EL1 GCSCRE0_EL1 ACCDATA_EL1 " +
      "RCWMASK_EL1 RCWSMASK_EL1 CSSELR_EL1 CNTKCTL_EL1 MDSCR_EL1"
    ).split(" "),
  )("leave %s alone", (name) => {
    expect(registerOf(name).hardwareWritten).toBe("no");
    expect(registerOf(name).writtenBy).toBeUndefined();
  });
});

function rowsByTrapKey(): Register[][] {
  const groups = new Map<string, Register[]>();
  for (const register of registers) {
    const key = trapKey(register);
    if (key !== undefined) {
      groups.set(key, [...(groups.get(key) ?? []), register]);
    }
  }
  return [...groups.values()];
}

function bitsOf(control: string): number[] {
  const bits = registers.flatMap(({ trap }) => (trap?.control === control ? [trap.bit] : []));
  return [...new Set(bits)].toSorted((a, b) => a - b);
}

// Arm ARM, each register's own page: op0, op1, CRn, CRm, op2.
it.each([
  ["SCTLR_EL1", 3, 0, 1, 0, 0],
  ["CPACR_EL1", 3, 0, 1, 0, 2],
  ["TTBR0_EL1", 3, 0, 2, 0, 0],
  ["TTBR1_EL1", 3, 0, 2, 0, 1],
  ["TCR_EL1", 3, 0, 2, 0, 2],
  ["TCR2_EL1", 3, 0, 2, 0, 3],
  ["SP_EL1", 3, 4, 4, 1, 0],
  ["ESR_EL1", 3, 0, 5, 2, 0],
  ["FAR_EL1", 3, 0, 6, 0, 0],
  ["PAR_EL1", 3, 0, 7, 4, 0],
  ["MAIR_EL1", 3, 0, 10, 2, 0],
  ["PIRE0_EL1", 3, 0, 10, 2, 2],
  ["PIR_EL1", 3, 0, 10, 2, 3],
  ["VBAR_EL1", 3, 0, 12, 0, 0],
  ["CONTEXTIDR_EL1", 3, 0, 13, 0, 1],
  ["TPIDR_EL1", 3, 0, 13, 0, 4],
  ["TPIDR_EL0", 3, 3, 13, 0, 2],
  ["TPIDRRO_EL0", 3, 3, 13, 0, 3],
  ["CNTKCTL_EL1", 3, 0, 14, 1, 0],
  ["MDSCR_EL1", 2, 0, 0, 2, 2],
] as const)("%s is S%d_%d_C%d_C%d_%d", (name, op0, op1, CRn, CRm, op2) => {
  expect(fieldsOf(registerOf(name).encoding)).toEqual({ op0, op1, CRn, CRm, op2 });
});
