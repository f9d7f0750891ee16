/**
 * What a lone dash is called while yargs reads the command line: it reads positionals a second time as values of
 * options, and there a word that begins with a dash is an option.
 */
const standardInput = "<standard input>";

/** The words of a command line as yargs can read them; `givenName` takes back what it finds of this in files. */
export function plainWords(words: readonly string[]): string[] {
  // Completion asks about words that are not finished.
  if (words.includes("--get-yargs-completions")) return [...words];
  const end = words.indexOf("--");
  return words.flatMap((word, at) => {
    // Positionals do not take what is behind a double dash: they get it as paths, which look like no option.
    if (at === end) return [];
    const output = words[at - 1] === "-o" || words[at - 1] === "--output";
    if (word === "-") return [output ? word : standardInput];
    return [end >= 0 && at > end && word.startsWith("-") ? `./${word}` : word];
  });
}

export const givenName = (name: string): string => (name === standardInput ? "-" : name);

/** Options that may come more than once, by command. */
const repeatable = (key: string, command: string | undefined): boolean =>
  key === "_" ||
  key === "trace" ||
  key === "part" ||
  key === "name" ||
  key === "profile" ||
  (command === "verdict" && ["cost", "mode", "kernel", "nesting"].includes(key)) ||
  (command === "verify" && ["whatIf", "what-if", "mode", "kernel", "nesting"].includes(key)) ||
  (command === "report" && ["cost", "nesting"].includes(key)) ||
  (command === "advise" && ["cost", "nesting"].includes(key)) ||
  (command === "sweep" && ["cost", "mode", "kernel", "nesting", "set", "rule"].includes(key)) ||
  (command === "generate" && ["rate", "burst"].includes(key)) ||
  (key === "policy" && command !== "validate");

/** An option that was given twice and means one thing: yargs makes a list of it. */
export function givenTwice(
  values: Readonly<Record<string, unknown>>,
  command: string | undefined,
): string | undefined {
  return Object.keys(values).find(
    (key) => key.length > 1 && Array.isArray(values[key]) && !repeatable(key, command),
  );
}

/** Yargs names an unknown option with a dash twice: as it was given, and as it stands in its values. */
export function onceNamed(message: string): string {
  const [, names] = /^Unknown arguments?: (.+)$/.exec(message) ?? [];
  if (names === undefined) return message;
  const all = names.split(", ");
  const camel = new Set(all.filter((name) => name.includes("-")).map(camelCase));
  const left = all.filter((name) => !camel.has(name));
  return `Unknown argument${left.length === 1 ? "" : "s"}: ${left.join(", ")}`;
}

const camelCase = (name: string): string =>
  name.replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase());

/** An option that is on or off, with a value that says neither: yargs takes it for off. */
export const badSwitch = (words: readonly string[]): string | undefined =>
  words.find((word) => /^--(?:json|all|list|progress|together|verify|diff)=(?!(?:true|false)$)/.test(word));
