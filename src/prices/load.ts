import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TraplineError, messageOf } from "../errors.js";
import { packageRoot } from "../package-root.js";
import { readSmallFile } from "../small-file.js";
import { profileFromData } from "./check.js";
import type { Profile } from "./profile.js";

/** No honest profile is larger. */
const maxFileBytes = 1 << 16;

// The compiler leaves JSON where it is, and importing it warns on Node 20: the profiles are read from the
// package's src, which lies beside dist in the checkout and in the installed package alike.
const folder = new URL("src/prices/profiles/", packageRoot);

/** The built-in profiles, in alphabetical order. */
export function profileNames(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .toSorted();
}

/**
 * A built-in profile by name, or the profile of a file (a name with `.json`).
 * Throws `input` where the file cannot be read and `usage` where it is no profile or the name is unknown.
 */
export function loadProfile(nameOrFile: string): Profile {
  if (/\.json$/i.test(nameOrFile)) return readProfile(nameOrFile);
  const names = profileNames();
  if (names.includes(nameOrFile)) return readProfile(fileURLToPath(new URL(`${nameOrFile}.json`, folder)));
  throw new TraplineError(
    "usage",
    `there is no cost profile "${nameOrFile}"`,
    {},
    `Known profiles: ${names.join(", ")}; or give a .json file`,
  );
}

function readProfile(file: string): Profile {
  return parseProfile(readSmallFile(file, maxFileBytes), file);
}

/** A profile from the text of its file; `file` is for messages. */
export function parseProfile(text: string, file: string): Profile {
  const json = text.replace(/^\uFEFF/, "");
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch (error) {
    const offset = /position (\d+)/.exec(messageOf(error))?.[1];
    const place = offset === undefined ? {} : { line: json.slice(0, Number(offset)).split("\n").length };
    throw new TraplineError("usage", "is no JSON", { file, ...place });
  }
  return profileFromData(data, file);
}
