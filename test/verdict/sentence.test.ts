import { expect, test } from "vitest";
import { confidence, figure, percent } from "#src/verdict/sentence.js";

test("a small share reads as what it is", () => {
  expect(percent(0.00003)).toBe("0.0030 %");
  expect(percent(-0.0000004)).toBe("-0.000040 %");
  expect(percent(0.5)).toBe("50 %");
  expect(percent(0.123)).toBe("12 %");
  expect(percent(0)).toBe("0 %");
});

test("100 % of the draws is said of nothing less", () => {
  expect(confidence(1)).toBe("100 %");
  expect(confidence(0.9999)).toBe("99.9 %");
  expect(confidence(0.88249)).toBe("88.2 %");
});

test("figures have three digits that count, and whole numbers all of theirs", () => {
  expect(figure(0.5432)).toBe("0.543");
  expect(figure(1234.5)).toBe("1235");
  expect(figure(-17545)).toBe("-17545");
  expect(figure(3)).toBe("3");
});
