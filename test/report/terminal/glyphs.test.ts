import { describe, expect, it } from "vitest";
import { bar, sparkline, strip, tinted } from "#src/report/terminal/glyphs.js";

const ascii = { unicode: false, colour: false };
const unicode = { unicode: true, colour: true };

describe("drawings on a terminal", () => {
  it("draws bars as long as their share, and something of whatever is not 0", () => {
    expect(bar(1, 8, ascii)).toBe("########");
    expect(bar(0.5, 8, ascii)).toBe("####");
    expect(bar(0.001, 8, ascii)).toBe("#");
    expect(bar(0, 8, ascii)).toBe("");
    expect(bar(0.5, 3, unicode)).toBe("█▌");
    expect(bar(0.001, 8, unicode)).toBe("▏");
    expect(bar(2, 3, unicode)).toBe("███");
  });

  it("draws a sparkline as high as its values", () => {
    expect(sparkline([0, 1, 4, 8], unicode)).toBe(" ▁▄█");
    expect(sparkline([0, 1, 4, 8], ascii)).toBe(" .=@");
    expect(sparkline([0, 0], unicode)).toBe("  ");
  });

  it("draws a value between its ranges on a scale through 0", () => {
    const value = { least: -10, low: -5, likely: -2, high: 0, greatest: 5 };
    const place = (x: number): number => (x + 10) / 20;
    expect(strip(value, place, 21, ascii)).toBe("-----===o=|-----     ".replace("===o=|", "===o=|"));
    expect(strip(value, place, 21, unicode)).toBe("─────━━━●━│─────     ");
  });

  it("colours only where colours are wanted", () => {
    expect(tinted("x", "less", ascii)).toBe("x");
    expect(tinted("x", "less", unicode)).toBe("\u001b[34mx\u001b[0m");
    expect(tinted(" ", "less", unicode)).toBe(" ");
  });
});
