import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { encodingFromOpcode } from "#src/registers/encoding.js";
import { registerByEncoding, registerName } from "#src/registers/lookup.js";
import { Kind, kindName } from "#src/trace/kinds.js";
import { openTrace, type Trace } from "#src/trace/reader.js";
import { outputOf, readText, recording, temporaryFolder, trapline } from "../cli/program.js";

const folder = temporaryFolder();

/** Shapes of the Tarmac reference of Fast Models: instruction, register, exception, signal. */
const shapes = [
  /^\d+ clk cpu\d IT \(\d+\) [0-9a-f]{16} ([0-9a-f]{8}) O EL([12])h_n : (MSR {6}\w+,x0|MRS {6}x0,\w+|ERET)$/,
  /^\d+ clk cpu\d R \w+ [0-9a-f]{16}$/,
  /^\d+ clk cpu\d E 0{16} [0-9a-f]{8} CoreEvent_LOWER_64_(?:SYNC|IRQ|FIQ|SERROR)$/,
  /^\d+ clk cpu\d SIGNAL TRAPLINE \w+(?: vcpu=\d+)?(?: \w+)?(?: [0-9a-f]{16})?$/,
];

const tallied = ({ header }: Trace, ...kinds: readonly number[]): number =>
  header.tally.reduce((sum, [kind, , , count]) => (kinds.includes(kind) ? sum + count : sum), 0);

describe.each(["kvm-vhe", "kvm-nvhe"])("%s as Tarmac", (name) => {
  const file = join(folder, `${name}.trl`);
  let text: readonly string[];
  let trace: Trace;
  beforeAll(() => {
    outputOf(["import", recording(`${name}.tarmac.zst`), "-o", file]);
    const output = join(folder, `${name}.tarmac`);
    outputOf(["export", file, "--format", "tarmac", "-o", output]);
    text = readText(output).trimEnd().split("\n");
    trace = openTrace(file);
    trace.close();
  });

  it("has lines of the form alone, and no event too few or too many", () => {
    const odd = text.find((line) => !shapes.some((shape) => shape.test(line)));
    expect(odd).toBeUndefined();
    const count = (pattern: RegExp): number => text.filter((line) => pattern.test(line)).length;
    expect(count(/ : ERET$/)).toBe(tallied(trace, Kind.entry));
    expect(count(/ E 0/)).toBe(tallied(trace, Kind.fullExit, Kind.fastExit));
    for (const kind of [Kind.load, Kind.put, Kind.runStart, Kind.runEnd, Kind.emulatedWrite]) {
      expect(count(new RegExp(` TRAPLINE ${kindName(kind)}\\b`))).toBe(tallied(trace, kind));
    }
    expect(count(/EL1h_n : MSR/)).toBe(tallied(trace, Kind.guestWrite));
  });

  it("tells guests apart for other programs, not for an import, which says so", () => {
    const again = trapline(["import", join(folder, `${name}.tarmac`), "-o", join(folder, "again.trl")]);
    expect(again.status).toBe(0);
    const said = again.stdout.replaceAll(/\s+/g, " ");
    expect(said).toMatch(
      /found 0 events, and no guest: .*HCR_EL2 and VTTBR_EL2; `trapline export` leaves them out/,
    );
    expect(said).not.toContain("nVHE host");
  });

  it("has opcodes that say what the text says", () => {
    const accesses = text.flatMap((line) => {
      const [, opcode, , what] = shapes[0].exec(line) ?? [];
      return opcode === undefined || what === "ERET" ? [] : [{ opcode, what }];
    });
    expect(accesses.length).toBeGreaterThan(10_000);
    const wrong = accesses.find(({ opcode, what }) => {
      const encoding = encodingFromOpcode(Number.parseInt(opcode, 16));
      return !what.includes(registerName(encoding));
    });
    expect(wrong).toBeUndefined();
    const others = accesses.filter(({ opcode }) => {
      const encoding = encodingFromOpcode(Number.parseInt(opcode, 16));
      return registerByEncoding(encoding)?.alias?.encoding === encoding;
    });
    // A VHE kernel reaches its guest's registers by their other names, an nVHE one has none.
    expect(others.length > 0).toBe(name === "kvm-vhe");
  });
});
