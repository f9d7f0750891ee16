import { describe, expect, it } from "vitest";
import { detectTarmac } from "#src/import/tarmac/detect.js";
import { es, gem5, onlyCpu, withoutCpu } from "./dialects.js";
import { fixture } from "./scanned.js";

const start = (text: string): Uint8Array => Buffer.from(text.slice(0, 1 << 14), "latin1");

describe("Tarmac text is known", () => {
  const text = fixture("vhe");
  it.each([
    ["Fast Models", text],
    ["Fast Models without cpuN", withoutCpu(onlyCpu(text, "0"))],
    ["ES", es(text)],
    ["ES with joined times", es(text, { time: "joined" })],
    ["ES with fractions", es(text, { time: "fraction" })],
    ["gem5", gem5(text)],
    ["with a header", "Tarmac Text Rev 3t\nanything"],
  ])("in the dialect of %s", (_, dialect) => {
    expect(detectTarmac(start(dialect))).toBe(1);
  });

  it.each([
    ["nothing", ""],
    ["prose", "It was a dark and stormy night.\n"],
    ["a KVM ftrace", " cpu0-1 [000] d..1. 12.345678: kvm_entry: PC: 0x1000\n"],
    ["an archive", "\u001f\u008b\u0008\u0000\u0000\n\u0000"],
  ])("and told from %s", (_, other) => {
    expect(detectTarmac(start(other))).toBe(0);
  });
});
