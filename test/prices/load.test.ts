import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadProfile, parseProfile } from "#src/prices/load.js";
import { actions, byAction, factorActions } from "#src/prices/profile.js";
import { refusal } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "trapline-prices-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const price = { low: 1, likely: 2, high: 4, basis: "assumed", source: "a guess" };
const base = {
  name: "mine",
  unit: "cycles",
  hardware: "my board",
  prices: byAction(() => price as object),
};
type Change = Readonly<Record<string, unknown>>;
const text = (change: Change = {}): string => JSON.stringify({ ...base, ...change });
const priced = (action: string, change: Change): string =>
  text({ prices: { ...base.prices, [action]: { ...price, ...change } } });

const why = (content: string): string => {
  const error = refusal(() => parseProfile(content, "p.json"));
  expect(error.code).toBe("usage");
  expect(error.place.file).toBe("p.json");
  expect(error.message).not.toContain("\n");
  return error.message;
};

describe("a user's profile", () => {
  it("is a file of the same form, completed", () => {
    const profile = loadProfile(file("mine.json", text()));
    expect(profile).toMatchObject({ name: "mine", summary: "", unit: "cycles", nesting: "none" });
    expect(profile.clock).toBeUndefined();
    for (const action of actions) {
      expect(profile.prices[action]).toEqual({
        ...price,
        hardware: "my board",
        unit: factorActions.includes(action) ? "times" : "cycles",
      });
    }
  });

  it("may begin with a byte order mark", () => {
    expect(loadProfile(file("bom.json", `\uFEFF${text()}`)).name).toBe("mine");
  });

  it("may name the hardware, the unit and a note of one price", () => {
    const clock = { ghz: 2, basis: "measured", source: "its data sheet" };
    const own = { ...price, unit: "ns", hardware: "another board", note: "noisy" };
    const cycles = parseProfile(text({ clock, prices: { ...base.prices, fullTrap: own } }), "p.json");
    expect(cycles.prices.fullTrap).toEqual({
      low: 2,
      likely: 4,
      high: 8,
      unit: "cycles",
      basis: "assumed",
      hardware: "another board",
      source: "a guess",
      note: "noisy",
      given: { low: 1, likely: 2, high: 4, unit: "ns" },
    });
    const inNs = text({ unit: "ns", clock, prices: { ...base.prices, mrs: { ...price, unit: "cycles" } } });
    expect(parseProfile(inNs, "p.json").prices.mrs).toMatchObject({
      low: 0.5,
      likely: 1,
      high: 2,
      unit: "ns",
    });
  });

  it("may say that a factor is a factor, and what nesting its prices are for", () => {
    const given = { ...base.prices, nestedTrap: { ...price, unit: "times" } };
    const profile = parseProfile(text({ nesting: "l2", prices: given }), "p.json");
    expect(profile.nesting).toBe("l2");
    expect(profile.prices.nestedTrap.unit).toBe("times");
  });

  it("may have prices of nothing", () => {
    const free = parseProfile(priced("dirtyCheck", { low: 0, likely: 0, high: 0 }), "p.json");
    expect(free.prices.dirtyCheck.high).toBe(0);
  });
});

describe("what is no profile gives one clear error", () => {
  it.each([
    ["unknown keys", text({ price: {} }), "there is no key price"],
    ["unknown keys of a price", priced("mrs", { median: 3 }), "there is no key prices.mrs.median"],
    ["unknown actions", text({ prices: { ...base.prices, smc: price } }), "there is no key prices.smc"],
    ["keys of every object", text({ constructor: {} }), "there is no key constructor"],
    ["missing keys", JSON.stringify({ ...base, unit: undefined }), "the key unit is missing"],
    ["missing prices", text({ prices: { ...base.prices, msr: undefined } }), "the key prices.msr is missing"],
    ["missing sources", priced("mrs", { source: undefined }), "the key prices.mrs.source is missing"],
    ["empty sources", priced("mrs", { source: " " }), "prices.mrs.source: is empty"],
    ["empty hardware", text({ hardware: "" }), "hardware: is empty"],
    ["a range out of order", priced("mrs", { low: 3 }), "prices.mrs: low <= likely <= high does not hold"],
    [
      "the likely above the high",
      priced("load", { likely: 5 }),
      "prices.load: low <= likely <= high does not hold",
    ],
    ["negative prices", priced("mrs", { low: -1 }), "prices.mrs.low: is negative"],
    ["prices beyond measure", priced("mrs", { high: 1e13 }), "prices.mrs.high: is above 1000000000000"],
    [
      "infinite prices",
      priced("mrs", { high: 7 }).replace('"high":7', '"high":1e999'),
      "prices.mrs.high: is not a finite number",
    ],
    ["names with a slash", text({ name: "a/b" }), "name: a name is made of letters, digits, and . _ + -"],
    [
      "a factor with a unit",
      priced("nestedTrap", { unit: "cycles" }),
      "prices.nestedTrap: is a factor and has no unit",
    ],
    ["a price without one", priced("mrs", { unit: "times" }), "prices.mrs: is no factor and needs a unit"],
    [
      "nanoseconds without a clock",
      priced("fullTrap", { unit: "ns" }),
      'prices.fullTrap: is in ns, the profile in cycles, and that needs a "clock"',
    ],
    [
      "instructions among cycles",
      priced("fullTrap", { unit: "instructions" }),
      "prices.fullTrap: is in instructions, the profile in cycles, and nothing converts it",
    ],
  ])("%s", (_, content, message) => {
    expect(why(content)).toBe(message);
  });

  it.each([
    ["units", text({ unit: "seconds" }), /^unit: .*"cycles" \| "instructions" \| "ns".*"seconds"/],
    ["nestings", text({ nesting: "l3" }), /^nesting: .*"none" \| "l2" \| "l2-nv2".*"l3"/],
    ["bases", priced("mrs", { basis: "felt" }), /^prices\.mrs\.basis: .*"measured" \| "assumed".*"felt"/],
    ["figures", priced("mrs", { low: "1" }), /^prices\.mrs\.low: .*number.*"1"/],
    ["clocks", text({ clock: { ghz: 0, basis: "assumed", source: "x" } }), /^clock\.ghz: is below 0\.001$/],
    ["shapes", "[]", /^the key name is missing$/],
    ["nulls", "null", /^Invalid type: Expected Object but received null$/],
  ])("of other %s", (_, content, message) => {
    expect(why(content)).toMatch(message);
  });

  it("__proto__ is a key like any other unknown one and changes nothing", () => {
    const content = text().replace("{", '{"__proto__": {"low": 1, "unit": "ns"},');
    expect(why(content)).toBe("there is no key __proto__");
    const inside = text().replace('"prices":{', '"prices":{"__proto__":{"mrs":{}},');
    expect(why(inside)).toBe("there is no key prices.__proto__");
    expect(Object.hasOwn(Object.prototype, "unit")).toBe(false);
  });

  it("text that is no JSON, by its line where the parser tells it", () => {
    const comma = `{\n"name": "a",\n}`;
    expect(why(comma)).toBe("is no JSON");
    expect(refusal(() => parseProfile(comma, "p.json")).place.line).toBe(3);
    expect(why("")).toBe("is no JSON");
    expect(why("name: mine")).toBe("is no JSON");
  });

  it("the remedy names all actions", () => {
    const { remedy } = refusal(() => parseProfile("{}", "p.json"));
    for (const action of actions) expect(remedy).toContain(action);
  });
});

describe("what cannot be loaded", () => {
  it("an unknown name is refused with the known ones", () => {
    const error = refusal(() => loadProfile("neoverse-n9"));
    expect(error).toMatchObject({ code: "usage", message: 'there is no cost profile "neoverse-n9"' });
    expect(error.remedy).toContain("apple-m1, instructions, juno-a53, neoverse-n1");
  });

  it.each(["", "../profile", "__proto__", "constructor", "neoverse-n1/../apple-m1"])(
    "%j is no name of a profile",
    (name) => {
      expect(refusal(() => loadProfile(name)).code).toBe("usage");
    },
  );

  it("a missing file and a folder are errors of the input", () => {
    const missing = refusal(() => loadProfile(join(folder, "none.json")));
    expect(missing.code).toBe("input");
    expect(missing.message).toContain("there is no such file");
    mkdirSync(join(folder, "folder.json"));
    const aFolder = refusal(() => loadProfile(join(folder, "folder.json")));
    expect(aFolder).toMatchObject({ code: "input", message: "is not a regular file" });
  });

  it("a file larger than any profile is not read", () => {
    const large = file("large.json", text() + " ".repeat(1 << 16));
    const error = refusal(() => loadProfile(large));
    expect(error).toMatchObject({ code: "usage", message: "is larger than 65536 bytes" });
    expect(error.place.file).toBe(large);
  });

  it("depth is no danger", () => {
    expect(why("[".repeat(30_000) + "]".repeat(30_000))).toBe("the key name is missing");
  });
});
