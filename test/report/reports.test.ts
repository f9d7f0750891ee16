import { describe, expect, it } from "vitest";
import type { ReplayResult, Totals } from "#src/replay/result.js";
import type { ValidateResult } from "#src/replay/validate.js";
import { replayCsv, replayMarkdown, replayText } from "#src/report/replay.js";
import { validateText } from "#src/report/validate.js";

const totals = (traps: number, saves: number, restores: number): Totals => ({
  traps,
  saves,
  elided: 0,
  restores,
});
const result: ReplayResult = {
  schema: "trapline.replay/1",
  tool: "trapline test",
  config: { mode: "vhe", kernel: "recorded", features: [] },
  complete: true,
  notes: ["read this"],
  traces: [],
  policies: [
    {
      policy: "eager",
      totals: totals(0, 10, 10),
      registers: [
        { register: "PIR_EL1", context: "guest", ...totals(0, 5, 5) },
        { register: "ESR_EL1", context: "guest", ...totals(0, 5, 5) },
      ],
    },
    {
      policy: "mine",
      totals: totals(1, 7, 6),
      change: totals(1, -3, -4),
      registers: [
        { register: "PIR_EL1", context: "guest", ...totals(1, 2, 1) },
        { register: "ESR_EL1", context: "guest", ...totals(0, 5, 5) },
      ],
    },
  ],
};

describe("the report of a replay", () => {
  it("shows a column only where it says something, and registers that differ", () => {
    expect(replayText(result, { registers: "changed" }).split("\n")).toEqual([
      "mode vhe, registers as recorded",
      "",
      "policy  traps  saves  elided  restores  against eager",
      "eager       0     10       0        10",
      "mine        1      7       0         6  +1 trap, -3 saves, -4 restores",
      "",
      "                             eager   mine   mine      mine",
      "register  context  restores  saves  traps  saves  restores",
      "PIR_EL1   guest           5      5      1      2         1",
      "",
      "Note: read this",
    ]);
    expect(replayText(result, { registers: "all" })).toMatch(/^ESR_EL1 +guest +5 +5 +0 +5 +5$/m);
  });

  it("says so when there is no change", () => {
    const { policies } = result;
    const same = {
      ...result,
      policies: [policies[0], { ...policies[0], policy: "same", change: totals(0, 0, 0) }],
    };
    const text = replayText(same, { registers: "changed" });
    expect(text).toMatch(/^same .* no change$/m);
    expect(text).toContain("No policy differs from the first in any register.");
  });

  it("is Markdown with the same cells", () => {
    const text = replayMarkdown(result, { registers: "changed" });
    expect(text).toContain("| PIR_EL1 | guest | 5 | 5 | 1 | 2 | 1 |");
    expect(text).toContain("*Note*: read this");
    expect(replayCsv(result).split("\n")).toContain("mine,,,,guest,PIR_EL1,1,2,0,1");
  });
});

describe("the report of a validation", () => {
  const row = (register: string, recorded: number, model: number | null): ValidateResult["rows"][number] => ({
    register,
    context: "guest",
    what: "save",
    recorded,
    model,
  });
  const valid: ValidateResult = {
    schema: "trapline.validate/1",
    trace: "t.trl",
    policy: "eager",
    mode: "vhe",
    rows: [
      row("PIR_EL1", 3, 3),
      ...[0, 1, 2, 4, 10, 11].map((n) => row(`DBGBCR${n}_EL1`, 7, null)),
      row("MDCCINT_EL1", 7, null),
      row("CNTV_CTL_EL0", 8, null),
    ],
    compared: 1,
    agree: true,
  };

  it("is short when all agrees, and puts registers together that were switched alike", () => {
    const text = validateText(valid, false);
    expect(text).toContain("The model agrees with the recorded kernel in all 1 rows");
    expect(text).not.toContain("PIR_EL1");
    expect(text).toMatch(/ 7 +0 +0 +0 +0 +DBGBCR0\.\.2_EL1 DBGBCR4_EL1 DBGBCR10\.\.11_EL1\s+MDCCINT_EL1$/m);
    expect(text).toMatch(/ 8 +0 +0 +0 +0 +CNTV_CTL_EL0$/m);
    expect(validateText(valid, true)).toMatch(/^PIR_EL1 +guest +save +3 +3$/m);
  });

  it("names each row that differs", () => {
    const text = validateText({ ...valid, rows: [row("PIR_EL1", 3, 4)], agree: false }, false);
    expect(text).toContain("The model differs from the recorded kernel in 1 of 1 rows.");
    expect(text).toMatch(/^PIR_EL1 +guest +save +3 +4 +differs$/m);
  });

  it("does not speak of differences where nothing was compared", () => {
    const text = validateText({ ...valid, rows: [], compared: 0, agree: false }, false);
    expect(text).toContain("nothing that the model could be compared with");
  });
});
