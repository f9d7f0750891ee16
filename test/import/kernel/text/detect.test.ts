import { describe, expect, it } from "vitest";
import { detectImporter } from "#src/import/registry.js";
import { detectKernelText } from "#src/import/kernel/text/detect.js";
import { fixture } from "../../tarmac/scanned.js";
import { cut, cutNames } from "../scanned.js";

const sure = (text: string): number => detectKernelText(Buffer.from(text, "latin1"));
const event = "vcpu-7 [002] ...1. 1.000001: kvm_entry: PC: 0x0\n";

describe("detectKernelText", () => {
  it.each(cutNames)("is sure of %s, wherever its beginning ends", (name) => {
    const text = cut(name);
    for (const length of [2000, 2001, 2057, 16384]) {
      expect(sure(text.slice(0, length))).toBeGreaterThan(0.9);
      const found = detectImporter(Buffer.from(text.slice(0, length), "latin1"));
      expect(found?.importer.id).toBe("kernel-text");
    }
  });

  it.each<[string, string, number]>([
    ["one line", event, 1],
    ["one line that does not end", event.trimEnd(), 1],
    ["CRLF and empty lines", `\r\n\n${event.replace("\n", "\r\n")}`, 1],
    ["a header and nothing else", "# tracer: nop\n#\n", 0.5],
    ["lines of which some are something else", `${event}${event}${event}hello\n`, 0.75],
    ["a comment of something else", "# a file\n", 0],
    ["nothing", "", 0],
    ["prose", "once upon a time [1] there was: a colon\n", 0],
  ])("judges %s", (_, text, expected) => {
    expect(sure(text)).toBe(expected);
  });

  it("does not take Tarmac for its own", () => {
    for (const name of ["vhe", "nvhe", "chatty"] as const) expect(sure(fixture(name))).toBe(0);
  });
});
