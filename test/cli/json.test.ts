/** What scripts read: the shape of what every command prints as JSON. */

import { join } from "node:path";
import * as v from "valibot";
import { beforeAll, describe, expect, it } from "vitest";
import { nameOrder, registers as registerTable } from "#src/registers/lookup.js";
import { builtinPolicies } from "#src/policies/registry.js";
import { jsonOf, outputOf, recording, temporaryFolder, trapline } from "./program.js";

const folder = temporaryFolder();
const vhe = join(folder, "vhe.trl");

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const totals = { traps: count, saves: count, elided: count, restores: count };
const context = v.picklist(["guest", "host"]);
const replaySchema = v.looseObject({
  schema: v.literal("trapline.replay/1"),
  config: v.looseObject({ mode: v.string(), kernel: v.string(), features: v.array(v.string()) }),
  traces: v.array(
    v.looseObject({
      path: v.string(),
      events: count,
      windows: count,
      vcpus: count,
      capabilities: v.record(v.string(), v.union([v.string(), v.boolean()])),
    }),
  ),
  policies: v.array(
    v.looseObject({
      policy: v.string(),
      totals: v.strictObject(totals),
      registers: v.array(v.strictObject({ register: v.string(), context, ...totals })),
      vcpus: v.optional(
        v.array(
          v.looseObject({
            trace: v.string(),
            vm: v.number(),
            mpidr: count,
            registers: v.array(v.strictObject({ register: v.string(), context, ...totals })),
          }),
        ),
      ),
    }),
  ),
});
const validateSchema = v.looseObject({
  schema: v.literal("trapline.validate/1"),
  agree: v.boolean(),
  rows: v.array(
    v.strictObject({
      register: v.string(),
      context,
      what: v.picklist(["save", "restore", "trap"]),
      recorded: count,
      model: v.nullable(count),
    }),
  ),
});

beforeAll(() => {
  outputOf(["import", recording("kvm-vhe.tarmac.zst"), "-o", vhe]);
});

describe("import --json", () => {
  it("says what was recognised and holds the header", () => {
    const output = join(folder, "bare.trl");
    const found = jsonOf(["import", recording("bare/bare-boot.tarmac.gz"), "-o", output, "--json"]);
    expect(found).toMatchObject({
      schema: "trapline.import/1",
      imports: [
        { path: recording("bare/bare-boot.tarmac.gz"), output, importer: "tarmac", header: { mode: "none" } },
      ],
    });
  });
});

describe("replay --json", () => {
  const replay = (...args: string[]): v.InferOutput<typeof replaySchema> =>
    v.parse(replaySchema, jsonOf(["replay", vhe, "--json", ...args]));

  it("has the fields of the specification", () => {
    const { config, traces, policies } = replay();
    expect(config).toMatchObject({ mode: "vhe", kernel: "recorded" });
    expect(config.features).toContain("S1PIE");
    expect(traces).toMatchObject([{ path: vhe, vcpus: 2, capabilities: { guestWrites: "all" } }]);
    expect(policies.map(({ policy }) => policy)).toEqual(["eager", "dirty-pie", "dirty-each"]);
  });

  it("sums both contexts, registers in the order of the table", () => {
    for (const { totals: sums, registers } of replay("-p", "eager,dirty-pie,deferred").policies) {
      for (const key of ["traps", "saves", "elided", "restores"] as const) {
        expect(registers.reduce((sum, row) => sum + row[key], 0)).toBe(sums[key]);
      }
      expect(new Set(registers.map((row) => row.context))).toEqual(new Set(["guest", "host"]));
      const names = registers.map(({ register }) => register);
      expect(names).toEqual(names.toSorted(nameOrder));
      expect(new Set(registers.map((row) => `${row.register} ${row.context}`)).size).toBe(registers.length);
    }
  });

  it("says which mode and whose lists hold", () => {
    const { config } = replay("--mode", "nvhe", "--kernel", "6.12", "--features", "S1PIE,tcr2");
    expect(config).toEqual({ mode: "nvhe", kernel: "6.12", features: ["TCR2", "S1PIE"] });
  });

  it("splits the guests' counts by vCPU", () => {
    for (const { registers, vcpus = [] } of replay("--by", "vcpu").policies) {
      expect(vcpus.map(({ mpidr }) => mpidr)).toEqual([0x8000_0000, 0x8000_0001]);
      for (const row of registers.filter((each) => each.context === "guest")) {
        const own = vcpus.flatMap((vcpu) =>
          vcpu.registers.filter(({ register }) => register === row.register),
        );
        expect(own.reduce((sum, { traps, saves }) => sum + traps + saves, 0)).toBe(row.traps + row.saves);
      }
    }
  });
});

describe("validate", () => {
  const policyOf: Readonly<Record<string, string>> = {
    "kvm-vhe": "eager",
    "kvm-nvhe": "eager",
    "chatty-vhe": recording("chatty-vhe.policy.yaml"),
  };
  for (const [name, policy] of Object.entries(policyOf)) {
    it(`agrees on ${name}`, () => {
      const file = recording(`${name}.tarmac.zst`);
      const found = v.parse(validateSchema, jsonOf(["validate", file, "--json", "-p", policy]));
      const compared = found.rows.filter(({ model }) => model !== null);
      expect(compared.length).toBeGreaterThan(60);
      expect(compared.filter(({ model, recorded }) => model !== recorded)).toEqual([]);
      expect(found).toMatchObject({ agree: true, trace: file });
    });
  }

  it("ends with status 1 and says which rows differ, when they do", () => {
    const { status, stdout, stderr } = trapline(["validate", vhe, "--json", "-p", "dirty-pie"]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    const found = v.parse(validateSchema, JSON.parse(stdout));
    expect(found.agree).toBe(false);
    const differing = found.rows.filter(({ model, recorded }) => model !== null && model !== recorded);
    expect(new Set(differing.map(({ register }) => register))).toEqual(new Set(["PIR_EL1", "PIRE0_EL1"]));
    const text = trapline(["validate", vhe, "-p", "dirty-pie"]);
    expect(text.status).toBe(1);
    for (const { register, what, recorded, model } of differing) {
      expect(text.stdout).toMatch(
        new RegExp(`^${register} +guest +${what} +${recorded} +${model} +differs$`, "m"),
      );
    }
  });
});

describe("the other commands", () => {
  it("inspect --json: events by kind, exits by reason, accesses by register", () => {
    const found = jsonOf(["inspect", vhe, "--json"]);
    expect(found).toMatchObject({
      schema: "trapline.inspect/1",
      traces: [{ path: vhe, mode: "vhe", capabilities: { loads: true }, vcpus: [{ vm: 1 }, { vm: 1 }] }],
    });
    const schema = v.object({
      traces: v.array(
        v.object({
          events: count,
          kinds: v.record(v.string(), count),
          exits: v.array(v.looseObject({ reason: v.string(), path: v.picklist(["fast", "full"]), count })),
          accesses: v.array(v.object({ register: v.string(), counts: v.record(v.string(), count) })),
        }),
      ),
    });
    const [{ events, kinds, exits, accesses }] = v.parse(schema, found).traces;
    const sum = (list: readonly number[]): number => list.reduce((total, each) => total + each, 0);
    expect(sum(Object.values(kinds))).toBe(events);
    expect(sum(exits.map((each) => each.count))).toBe(kinds["fullExit"] + (kinds["fastExit"] ?? 0));
    expect(sum(accesses.map(({ counts }) => counts["guestWrite"] ?? 0))).toBe(kinds["guestWrite"]);
  });

  it("policies --json: every built-in policy", () => {
    expect(jsonOf(["policies", "--json"])).toMatchObject({
      schema: "trapline.policies/1",
      policies: builtinPolicies.map(({ name, summary }) => ({ name, summary })),
    });
  });

  it("registers --json: the table, or those that are named by any of their names", () => {
    expect(jsonOf(["registers", "--json"])).toEqual({
      schema: "trapline.registers/1",
      registers: registerTable,
    });
    const pir = registerTable.find(({ name }) => name === "PIR_EL1");
    for (const name of ["PIR_EL1", "pir_el12", "S3_0_C10_C2_3"]) {
      expect(jsonOf(["registers", name, "--json"])).toMatchObject({ registers: [pir] });
    }
  });

  it("plan and replay --shard: JSON by nature", () => {
    expect(jsonOf(["plan", vhe])).toMatchObject({
      schema: "trapline.plan/2",
      traces: [{ path: vhe, interpreted: false }],
      policies: ["eager", "dirty-pie", "dirty-each"],
      shardWindows: 4_194_304,
      // Most registers are switched at load and put, some around each run.
      shards: 2,
    });
    expect(jsonOf(["replay", vhe, "--shard", "1/1"])).toMatchObject({
      schema: "trapline.part/2",
      body: {
        pieces: [0, 1].map((segmentation) => {
          return { shard: { trace: 0, what: "windows", segmentation, first: 0 } };
        }),
        oracles: [],
      },
    });
  });
});
