import { describe, expect, it } from "vitest";
import {
  canonicalEncoding,
  isAlias,
  redirectsUnderE2H,
  registerByEncoding,
  registerByName,
  registerName,
  registers,
  tableOrder,
  trapKey,
} from "#src/registers/lookup.js";
import { fpsimdEncoding } from "#src/registers/table-fp.js";

const pir = 0xc513;
const pirEl12 = 0xed13;
const unknown = 0xc7ff;

describe("look-ups", () => {
  it("find every register by each of its names and encodings", () => {
    for (const register of registers) {
      for (const { name, encoding } of [register, register.alias ?? register]) {
        expect(registerByName(name)).toBe(register);
        expect(registerByName(name.toLowerCase())).toBe(register);
        expect(registerByEncoding(encoding)).toBe(register);
      }
    }
  });

  it("accept generic names of registers and of aliases", () => {
    expect(registerByName("S3_0_C10_C2_3")?.name).toBe("PIR_EL1");
    expect(registerByName("s3_5_c10_c2_3")?.name).toBe("PIR_EL1");
  });

  it("answer undefined for what is not there", () => {
    expect(registerByName("NO_SUCH_EL1")).toBeUndefined();
    expect(registerByName("S3_0_C15_C15_7")).toBeUndefined();
    expect(registerByEncoding(unknown)).toBeUndefined();
    expect(registerByEncoding(-1)).toBeUndefined();
    expect(registerByEncoding(0x2_0000)).toBeUndefined();
  });

  it("name an encoding exactly", () => {
    expect(registerName(pir)).toBe("PIR_EL1");
    expect(registerName(pirEl12)).toBe("PIR_EL12");
    expect(registerName(unknown)).toBe("S3_0_C15_C15_7");
    expect(registerName(fpsimdEncoding)).toBe("FPSIMD");
  });
});

describe("aliases", () => {
  it("lead to the canonical encoding", () => {
    expect(canonicalEncoding(pirEl12)).toBe(pir);
    expect(canonicalEncoding(pir)).toBe(pir);
    expect(canonicalEncoding(unknown)).toBe(unknown);
  });

  it("are told apart from the rest", () => {
    expect(isAlias(pirEl12)).toBe(true);
    expect(isAlias(pir)).toBe(false);
    expect(isAlias(unknown)).toBe(false);
  });
});

describe("redirectsUnderE2H", () => {
  it.each(["SCTLR_EL1", "ELR_EL1", "CNTKCTL_EL1", "CNTV_CTL_EL0", "PIR_EL1"])("holds for %s", (name) => {
    expect(redirectsUnderE2H(registerByName(name)!.encoding)).toBe(true);
  });

  it.each(["PAR_EL1", "TPIDR_EL1", "SP_EL1", "TPIDR_EL0", "MDSCR_EL1", "HCR_EL2"])("fails for %s", (name) => {
    expect(redirectsUnderE2H(registerByName(name)!.encoding)).toBe(false);
  });

  it("fails for the aliases themselves and for unknown encodings", () => {
    expect(redirectsUnderE2H(pirEl12)).toBe(false);
    expect(redirectsUnderE2H(unknown)).toBe(false);
  });
});

describe("tableOrder", () => {
  it("restores the table from any order", () => {
    const encodings = registers.map(({ encoding }) => encoding);
    expect(encodings.toReversed().toSorted(tableOrder)).toEqual(encodings);
  });

  it("puts an alias after its register and unknown encodings last, by value", () => {
    const last = registers.at(-1)!.encoding;
    expect([unknown, 0xc7f0, last, pirEl12, pir, 0xc080].toSorted(tableOrder)).toEqual([
      0xc080,
      pir,
      pirEl12,
      last,
      0xc7f0,
      unknown,
    ]);
    expect(tableOrder(unknown, unknown)).toBe(0);
  });
});

describe("trapKey", () => {
  it("is the same for registers that one bit traps", () => {
    expect(trapKey(registerByName("TCR_EL1")!)).toBe("HFGWTR_EL2[32]");
    expect(trapKey(registerByName("TCR2_EL1")!)).toBe("HFGWTR_EL2[32]");
    expect(trapKey(registerByName("MDSCR_EL1")!)).toBe("HDFGWTR_EL2[4]");
    expect(trapKey(registerByName("SP_EL1")!)).toBeUndefined();
  });
});
