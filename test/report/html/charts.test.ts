import { describe, expect, it } from "vitest";
import { breakEvenChart } from "#src/report/html/charts/break-even.js";
import { costChart } from "#src/report/html/charts/cost.js";
import { heatMap } from "#src/report/html/charts/heat-map.js";
import { validationChart } from "#src/report/html/charts/validation.js";
import { pictureFile } from "#src/report/html/svg/draw.js";
import { breakEvenCurve, breakEvenTrapPrice, breakEvenWriteRate } from "#src/prices/break-even.js";
import { noCounts } from "#src/prices/cost.js";
import { loadProfile } from "#src/prices/load.js";
import { priceValues } from "#src/prices/profile.js";
import { drawPrices } from "#src/prices/range.js";
import { unitCost } from "#src/prices/terms.js";
import { trackedGroup } from "#src/policies/policy.js";
import { priceCounts } from "#src/verdict/verdict.js";
import type { VerdictRow } from "#src/verdict/verdict-row.js";
import { traceCounts } from "../../search/support.js";

const profile = loadProfile("neoverse-n1");
const groups = [["PIR_EL1", "PIRE0_EL1"], ["TPIDR_EL1"]].map((names) => trackedGroup(names));
const draws = drawPrices(profile, 1, 200);
const rows: VerdictRow[] = priceCounts(traceCounts(3, groups), profile, "none", draws);

describe("the line on which a trap breaks even", () => {
  it("goes through the break-even price at a share, and the break-even share at a price", () => {
    const values = priceValues(profile);
    const shape = { registers: 2, hostSavesElided: 1, dirtyChecks: 2 };
    const { gain, rest } = breakEvenCurve(shape, values);
    const share = breakEvenWriteRate(shape, values);
    if (!("value" in share)) throw new Error("no share");
    expect(gain / share.value - rest).toBeCloseTo(unitCost("fastTraps", values), 9);
    // 1000 windows, 10 of which write: the same as counts.
    const own = { ...noCounts, fastTraps: 10, saves: 20, dirtyChecks: 2000, trapRegisterUpdates: 10 };
    const price = breakEvenTrapPrice(own, { ...noCounts, saves: 4000 }, values);
    if (!("value" in price)) throw new Error("no price");
    expect(gain / 0.01 - rest).toBeCloseTo(price.value, 6);
  });
});

describe("charts as data", () => {
  it("are the same each time, and stand by themselves as a picture", () => {
    const [first] = costChart(rows).panels;
    expect(costChart(rows).panels[0].svg).toBe(first.svg);
    const file = pictureFile(first.svg, "costs <of> x");
    expect(file).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(file).toContain("<title>costs &lt;of&gt; x</title><style>");
    expect(file).toContain("prefers-color-scheme:dark");
  });

  it("mark what is modelled in every picture", () => {
    const modelled = rows.map((row) => ({ ...row, modelled: "exits every=1" }));
    const charts = [costChart(modelled), breakEvenChart(modelled)];
    for (const chart of charts) {
      expect(chart?.modelled).toEqual(["exits every=1"]);
      expect(chart?.panels.length).toBeGreaterThan(0);
      for (const { svg } of chart?.panels ?? []) expect(svg).toContain("modelled input</text>");
    }
    expect(costChart(rows).panels[0].svg).not.toContain("modelled input");
  });

  it("show a map only where a policy changes something", () => {
    const register = {
      register: "PIR_EL1",
      context: "guest",
      traps: 0,
      saves: 8,
      elided: 0,
      restores: 8,
    } as const;
    const eager = { policy: "eager", registers: [register] };
    const same = { policy: "other", registers: [register] };
    const dirty = { policy: "dirty", registers: [{ ...register, traps: 1, saves: 1, elided: 7 }] };
    const trace = { trace: "x", mode: "vhe" };
    expect(heatMap([{ ...trace, policies: [eager, same] }])).toBeUndefined();
    const [elided, traps] = heatMap([{ ...trace, policies: [eager, dirty] }])?.panels ?? [];
    expect(elided.svg).toContain(">88</text>");
    expect(traps.svg).toContain(">13</text>");
  });

  it("say of a comparison which rows differ most", () => {
    const row = { register: "PIR_EL1", context: "guest", what: "save" } as const;
    const chart = validationChart([
      {
        schema: "trapline.validate/1",
        trace: "x",
        policy: "eager",
        mode: "vhe",
        compared: 2,
        agree: false,
        rows: [
          { ...row, recorded: 5, model: 5 },
          { ...row, what: "trap", recorded: 3, model: 10 },
        ],
      },
    ]);
    expect(chart?.summary[0]).toContain(
      "in 1 of 2 rows: traps of PIR_EL1 (guest): 3 recorded, 10 in the model",
    );
    expect(chart?.panels[0].svg.match(/<title>/g)).toHaveLength(2);
  });
});
