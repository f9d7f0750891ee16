import type { Case } from "../case.js";
import { adaptives, mergedPolicies } from "../policies.js";
import { wholeProcess, type Workplace } from "../programs.js";
import type { ReplayInput } from "./replay.js";

/** The whole process on inputs 1, 10 and 100 times as long. */
export function sizeCases(place: Workplace, inputs: readonly ReplayInput[]): Case[] {
  return inputs.map(({ name, trace, events }) => ({
    input: "file size",
    name,
    amount: events,
    unit: "events",
    limit: "start and compiling, then windows",
    run: () => wholeProcess(place, ["replay", trace, "-j", "1", "--json", "--no-progress"]),
  }));
}

/** The whole process with 1, 10 and 100 policies; those of a search share most of their groups. */
export function policyCases(place: Workplace, { name, trace, once, events }: ReplayInput): Case[] {
  const merged = mergedPolicies(once, 99, place.path);
  const add = (what: string, policies: readonly string[], limit: string): Case => ({
    input: `policies on ${name}`,
    name: what,
    amount: events,
    unit: "events",
    limit,
    run: () =>
      wholeProcess(place, ["replay", trace, "-j", "1", "-p", policies.join(), "--json", "--no-progress"]),
  });
  return [
    add("1: dirty-each", ["dirty-each"], "start, windows counted once"),
    add("10 of a search", ["dirty-each", ...merged.slice(0, 9)], "the same windows, more classes"),
    add("100 of a search", ["dirty-each", ...merged], "sorting the dictionary by groups"),
    add("1: adaptive", ["adaptive"], "windows that matter"),
    add("10 adaptive", adaptives(10), "windows that matter, of each policy"),
    add("100 adaptive", adaptives(100), "windows that matter, of each policy"),
  ];
}

/** The whole process, for other questions than what policies count. */
export function questionCases(place: Workplace, { name, trace, events }: ReplayInput): Case[] {
  const add = (args: readonly string[], limit: string): Case => ({
    input: `questions of ${name}`,
    name: args.join(" "),
    amount: events,
    unit: "events",
    limit,
    run: () => wholeProcess(place, [args[0], trace, ...args.slice(1), "-j", "1", "--json", "--no-progress"]),
  });
  return [
    add(["replay", "-p", "eager,oracle"], "windows, for each group"),
    add(["verdict", "--resamples", "0"], "windows, for each group and question"),
    add(["verdict"], "events, for what chance makes of the counts"),
    add(["verdict", "-p", "adaptive"], "the same, by the rules of each group"),
  ];
}

export function startCases(place: Workplace, small: string): Case[] {
  const add = (name: string, args: readonly string[], limit: string): Case => ({
    input: "start",
    name,
    amount: 0,
    unit: "",
    limit,
    run: () => wholeProcess(place, args),
  });
  return [
    {
      ...add("node -e 0", [], "the runtime itself"),
      async run() {
        const from = performance.now();
        await place.output(process.execPath, ["-e", "0"]);
        return { seconds: [(performance.now() - from) / 1000] };
      },
    },
    add("trapline --help", ["--help"], "loading modules"),
    add("trapline replay, the smallest cut", ["replay", small, "--json"], "loading modules, compiling"),
  ];
}
