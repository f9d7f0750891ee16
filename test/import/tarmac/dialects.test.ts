import { describe, expect, it } from "vitest";
import { es, gem5, onlyCpu, withoutCpu } from "./dialects.js";
import { fixture, scan, type Scanned } from "./scanned.js";

const count = (scanned: Scanned, kind: string): number =>
  scanned.collected.filter((each) => each.kind === kind).length;

describe.each(["vhe", "nvhe", "chatty"] as const)("a recording (%s)", (name) => {
  const text = fixture(name);
  const straight = scan(text);

  it("has something of everything", () => {
    for (const kind of ["runStart", "runEnd", "entry", "fullExit", "fastExit", "guestWrite", "guestRead"]) {
      expect(count(straight, kind)).toBeGreaterThan(0);
    }
    // Loads and puts of an nVHE host are not to be told from the rest of it.
    expect(count(straight, "put") > 3).toBe(name !== "nvhe");
    expect(straight.machine.anomalies).toEqual({});
    expect(straight.text.dialect).toBe("Fast Models, cpuN");
  });

  it("reads the same line by line the general way", () => {
    const general = scan(text, { general: true });
    expect(general.events).toEqual(straight.events);
    expect(general.text).toEqual(straight.text);
  });

  it("reads the same from a Fast Model of one CPU", () => {
    const one = onlyCpu(text, "1");
    const without = scan(withoutCpu(one));
    expect(without.text.dialect).toBe("Fast Models");
    expect(without.events).toEqual(scan(one).events);
    expect(without.events.length).toBeGreaterThan(100);
  });

  it.each(["spaced", "joined", "fraction"] as const)("reads the same from ES lines (time %s)", (time) => {
    const cycle = scan(es(text, { time }));
    expect(cycle.events).toEqual(straight.events);
    expect(cycle.text).toMatchObject({
      dialect: "ES, cpuN",
      unit: time === "fraction" ? "us" : "ns",
      perCpu: false,
    });
    expect(cycle.machine).toEqual(straight.machine);
  });

  it("reads the same from the text of instructions without opcodes", () => {
    expect(scan(es(text, { dashes: true })).events).toEqual(straight.events);
  });

  it("reads the same with CRLF", () => {
    const { events, text: summary } = scan(text.replaceAll("\n", "\r\n"));
    expect(events).toEqual(straight.events);
    expect(summary.bytes).toBe(text.length + summary.lines);
  });

  it.each(["r", "X"] as const)(
    "reads the same from gem5 (registers %s) but for what exceptions tell",
    (names) => {
      const ticks = scan(gem5(text, names));
      expect(ticks.text).toMatchObject({ dialect: "gem5, cpuN", perCpu: false });
      // Exits have the time of what follows them, and a VHE host's run ends with the next sign that it has.
      const untimed = /Exit|emulated/;
      const of = (each: Scanned, pcpu: number): string[] =>
        each.collected
          .filter((event) => event.pcpu === pcpu && event.kind !== "runEnd")
          .map(({ kind, register, vcpu, value, time }) =>
            untimed.test(kind)
              ? `${kind} ${register} v${vcpu}`
              : `${kind} ${register} v${vcpu} ${value} @${time}`,
          );
      for (const pcpu of [0, 1]) expect(of(ticks, pcpu)).toEqual(of(straight, pcpu));
      expect(count(ticks, "runEnd")).toBe(count(straight, "runEnd"));
      // A synchronous exit's syndrome is in what EL2 reads of ESR_EL2; nothing says which interrupt another was.
      const exits = (each: Scanned, pcpu: number): string[] =>
        each.collected
          .filter((event) => event.pcpu === pcpu && event.kind.endsWith("Exit"))
          .map(({ value }) => (value.length === 16 && value.startsWith("8") ? "-" : value));
      for (const pcpu of [0, 1]) expect(exits(ticks, pcpu)).toEqual(exits(straight, pcpu));
    },
  );
});
