import { assert, constantFrom, integer, nat, property } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodingFromIss,
  encodingFromOpcode,
  encodingOf,
  fieldsOf,
  genericName,
  parseGenericName,
} from "#src/registers/encoding.js";

const encodings = integer({ min: 0, max: 0xffff });

const iss = (encoding: number, rt: number, read: 0 | 1): number => {
  const { op0, op1, CRn, CRm, op2 } = fieldsOf(encoding);
  return (op0 << 20) | (op2 << 17) | (op1 << 14) | (CRn << 10) | (rt << 5) | (CRm << 1) | read;
};

describe("encodingOf", () => {
  it("packs the five fields", () => {
    expect(encodingOf(3, 0, 1, 0, 0)).toBe(0xc080);
    expect(encodingOf(3, 0, 10, 2, 3)).toBe(0xc513);
    expect(encodingOf(2, 0, 0, 2, 2)).toBe(0x8012);
    expect(encodingOf(3, 7, 15, 15, 7)).toBe(0xffff);
  });

  it("is undone by fieldsOf", () => {
    assert(
      property(encodings, (encoding) => {
        const { op0, op1, CRn, CRm, op2 } = fieldsOf(encoding);
        expect(encodingOf(op0, op1, CRn, CRm, op2)).toBe(encoding);
      }),
    );
  });
});

describe("generic names", () => {
  it("are spelled as assemblers spell them", () => {
    expect(genericName(0xc513)).toBe("S3_0_C10_C2_3");
    expect(genericName(0xee81)).toBe("S3_5_C13_C0_1");
  });

  it("are parsed in either case", () => {
    expect(parseGenericName("s3_0_c10_c2_3")).toBe(0xc513);
    assert(
      property(encodings, (encoding) => {
        expect(parseGenericName(genericName(encoding))).toBe(encoding);
        expect(parseGenericName(genericName(encoding).toLowerCase())).toBe(encoding);
      }),
    );
  });

  it.each(["", "PIR_EL1", "S4_0_C1_C0_0", "S3_8_C1_C0_0", "S3_0_C16_C0_0", "S3_0_C1_C16_0", "S3_0_C1_C0_8"])(
    "refuse %j",
    (text) => {
      expect(parseGenericName(text)).toBeUndefined();
    },
  );

  it.each(["S3_0_C01_C0_0", " S3_0_C1_C0_0", "S3_0_C1_C0_0 ", "S3_0_C1_C0_0_0", "3_0_C1_C0_0"])(
    "refuse the near miss %j",
    (text) => {
      expect(parseGenericName(text)).toBeUndefined();
    },
  );
});

describe("encodingFromOpcode", () => {
  it("reads MSR and MRS alike", () => {
    // d51bd0a0 is msr tpidr2_el0, x0; d53d2040 is mrs x0, tcr_el12.
    expect(encodingFromOpcode(0xd51bd0a0)).toBe(0xde85);
    expect(encodingFromOpcode(0xd53d2040)).toBe(encodingOf(3, 5, 2, 0, 2));
    expect(encodingFromOpcode(0xd5381060)).toBe(encodingOf(3, 0, 1, 0, 3));
  });
});

describe("encodingFromIss", () => {
  it("ignores the general register, the direction and the exception class", () => {
    assert(
      property(encodings, nat(31), constantFrom(0 as const, 1 as const), (encoding, rt, read) => {
        const syndrome = iss(encoding, rt, read);
        expect(encodingFromIss(syndrome)).toBe(encoding);
        expect(encodingFromIss((0x62000000 | syndrome) >>> 0)).toBe(encoding);
      }),
    );
  });

  it("reads the syndrome of a write of PIR_EL1 from x3", () => {
    // op0 3, op2 3, op1 0, CRn 10, Rt 3, CRm 2, write.
    expect(encodingFromIss(0x62362864)).toBe(0xc513);
  });
});
