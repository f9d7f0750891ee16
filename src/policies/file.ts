import * as v from "valibot";
import { parseDocument } from "yaml";
import { TraplineError, messageOf } from "../errors.js";
import { registerByName } from "../registers/lookup.js";
import { readSmallFile } from "../small-file.js";
import { trackedGroup, type Group, type Policy, type PolicyDefinition } from "./policy.js";

/** No honest policy file is larger. The YAML parser compares every key of a map with every other. */
const maxFileBytes = 1 << 15;

/** A policy nests four deep; the YAML parser recurses, and where the stack ends Node may abort. */
const maxFlowDepth = 32;
const deepBlock = /^[-?: \t]{100}|(?:[^\s#]*:[ \t]+){32}/m;

const registerName = v.pipe(
  v.string(),
  v.check(
    (name) => registerByName(name) !== undefined,
    ({ input }) => `no register is called ${JSON.stringify(input)}`,
  ),
  v.transform((name) => registerByName(name)!.name),
);

const words = {
  trap: v.picklist(["nothing", "first-write", "first-access", "every-write", "undefined"]),
  onTrap: v.picklist(["open", "emulate"]),
  save: v.picklist(["always", "dirty", "open", "never"]),
  restore: v.picklist(["always", "foreign", "open", "never"]),
  arm: v.picklist(["arming-point", "load", "run", "after-save", "until-caches-on"]),
  host: v.picklist(["eager", "dirty-once", "never"]),
  path: v.picklist(["fast", "full"]),
  opens: v.picklist(["group", "written"]),
  marks: v.picklist(["group", "written"]),
  claims: v.picklist(["own", "any"]),
  hostStarts: v.picklist(["dirty", "clean"]),
  emulation: v.picklist(["marks", "unmarked"]),
};
const modeWord = v.picklist(["vhe", "nvhe"]);
const groupName = v.pipe(v.string(), v.nonEmpty("a group's name is not empty"));
const groupRegisters = v.pipe(v.array(registerName), v.minLength(1, "a group needs a register"));
const policyName = v.pipe(
  v.string(),
  v.regex(/^[\w.+-]+$/, "a name is made of letters, digits, and . _ + -"),
);

const parameter = v.pipe(
  v.number("a whole number from 1 stands here"),
  v.check((value) => Number.isSafeInteger(value) && value >= 1, "a whole number from 1 stands here"),
);
const adaptive = v.strictObject({ traps: parameter, windows: parameter, eager: parameter });

const groupSchema = v.strictObject({
  name: v.optional(groupName),
  registers: groupRegisters,
  trap: v.optional(words.trap),
  onTrap: v.optional(words.onTrap),
  save: v.optional(words.save),
  restore: v.optional(words.restore),
  arm: v.optional(words.arm),
  host: v.optional(words.host),
  path: v.optional(words.path),
  adaptive: v.optional(adaptive),
  opens: v.optional(words.opens),
  marks: v.optional(words.marks),
  claims: v.optional(words.claims),
  hostStarts: v.optional(words.hostStarts),
  emulation: v.optional(words.emulation),
});

const policySchema = v.strictObject({
  name: policyName,
  summary: v.optional(v.string(), ""),
  source: v.optional(v.string(), ""),
  mode: v.optional(modeWord),
  groups: v.array(groupSchema),
  assumeNotHardwareWritten: v.optional(v.array(registerName), []),
});

/** Reads a policy from a JSON or YAML file; both are read as YAML, of which JSON is a part. */
export function loadPolicyFile(file: string): PolicyDefinition {
  return parsePolicy(readSmallFile(file, maxFileBytes), file);
}

/** A policy from its text; `file` is for messages. */
export function parsePolicy(text: string, file: string): PolicyDefinition {
  const plain = plainJson(text);
  if (plain !== undefined) return policyFromData(plain, file);
  if (isDeep(text)) throw new TraplineError("usage", "is nested too deeply for a policy", { file });
  // Aliases can make a short text expand without end; no policy needs one.
  const document = parseDocument(text, { uniqueKeys: true, merge: false, logLevel: "error" });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line;
    const place = { file, ...(line === undefined ? {} : { line }) };
    throw new TraplineError("usage", `is no JSON or YAML: ${firstClause(problem.message)}`, place);
  }
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw new TraplineError("usage", `is no policy: ${messageOf(error)}`, { file });
  }
  return policyFromData(data, file);
}

/** A string of JSON, or space outside of one. */
const stringOrSpace = /("(?:[^"\\]|\\.)*")|\s+/g;

/**
 * What JSON says, for which YAML's parser takes twenty times as long; undefined for all else, and where writing it again
 * gives another text: there a key comes twice, and the parser is to say where.
 */
function plainJson(text: string): unknown {
  try {
    const data: unknown = JSON.parse(text);
    return JSON.stringify(data) === text.replace(stringOrSpace, "$1") ? data : undefined;
  } catch {
    return undefined;
  }
}

/** A policy from parsed JSON, as plans hold it, or YAML; `file` is for messages. */
export function policyFromData(data: unknown, file: string): PolicyDefinition {
  const parsed = v.safeParse(policySchema, data);
  if (!parsed.success) {
    throw new TraplineError(
      "usage",
      describe(parsed.issues[0]),
      { file },
      "`trapline policies` shows how to write one",
    );
  }
  const { name, summary, source, mode, groups, assumeNotHardwareWritten } = parsed.output;
  const policy: Policy = {
    name,
    groups: groups.map(completeGroup),
    assumeNotHardwareWritten,
    ...(mode === undefined ? {} : { mode }),
  };
  return { name, summary, source, fixed: policy, build: () => policy };
}

/** Whether text, taken as YAML, might nest deeper than a policy does. Brackets in strings count too. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(0, depth - 1);
    if (depth > maxFlowDepth) return true;
  }
  return deepBlock.test(text);
}

/** A message of the YAML parser without its position, which is told apart, its excerpt and its advice to programmers. */
const firstClause = (message: string): string => message.replace(/(?:;| at line \d+, column \d+)[^]*$/, "");

/** One sentence on what is wrong, and where: valibot's own, but for keys. */
function describe(issue: v.BaseIssue<unknown>): string {
  const key = v.getDotPath(issue);
  const where = key === null ? "" : `${key}: `;
  if (issue.type !== "strict_object" || issue.path?.at(-1)?.origin !== "key")
    return `${where}${issue.message}`;
  return issue.expected === "never" ? `there is no key ${key}` : `the key ${key} is missing`;
}

/** What a group leaves out is that of a tracked group, as far as it fits what it says. */
function completeGroup(given: v.InferOutput<typeof groupSchema>): Group {
  const base = trackedGroup(given.registers, given.name);
  const { opens: opened, marks, claims, hostStarts, emulation } = given;
  const { trap = base.trap } = given;
  const opens = trap === "first-write" || trap === "first-access";
  return {
    ...base,
    trap,
    onTrap: given.onTrap ?? (opens ? "open" : "emulate"),
    save: given.save ?? (opens ? "dirty" : trap === "undefined" ? "never" : "always"),
    restore: given.restore ?? (trap === "undefined" ? "never" : "always"),
    arm: given.arm ?? base.arm,
    host: given.host ?? (trap === "undefined" ? "never" : "eager"),
    path: given.path ?? (trap === "undefined" ? "full" : "fast"),
    ...(given.adaptive === undefined ? {} : { adaptive: given.adaptive }),
    ...(opened === undefined ? {} : { opens: opened }),
    ...(marks === undefined ? {} : { marks }),
    ...(claims === undefined ? {} : { claims }),
    ...(hostStarts === undefined ? {} : { hostStarts }),
    ...(emulation === undefined ? {} : { emulation }),
  };
}
