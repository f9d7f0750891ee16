import { TraplineError } from "../errors.js";
import { loadProfile } from "../prices/load.js";
import type { Profile } from "../prices/profile.js";
import { recordedName, recordedProfile } from "../verdict/recorded-profile.js";
import { measureFile } from "../verdict/recorded.js";

/** Profiles by name or file; the one that is made of a recording is made later, when the recording is open. */
export type ProfileSource = Profile | typeof recordedName;

/** Finds profiles before any work is done. Throws as `loadProfile`, and `usage` where none is named. */
export function profileSources(names: readonly string[]): ProfileSource[] {
  if (names.length === 0) throw new TraplineError("usage", "--cost names no profile");
  const sources = [...new Set(names)].map((name) =>
    name === recordedName ? recordedName : loadProfile(name),
  );
  const seen = new Set<string>();
  for (const source of sources) {
    const name = source === recordedName ? source : source.name;
    if (seen.has(name)) {
      throw new TraplineError("usage", `there are two profiles named "${name}"`, {}, "Give one another name");
    }
    seen.add(name);
  }
  return sources;
}

/** The profiles themselves. Throws `usage` where one is to be made of a recording and there are several. */
export function profilesFrom(
  sources: readonly ProfileSource[],
  traces: readonly { readonly path: string; readonly name: string }[],
): Profile[] {
  return sources.map((source) => {
    if (source !== recordedName) return source;
    const [trace, ...rest] = traces;
    if (rest.length > 0) {
      throw new TraplineError(
        "usage",
        "each recording has recorded prices of its own, and here are several",
        {},
        "Name one recording, or a profile",
      );
    }
    return recordedProfile(measureFile(trace.path, trace.name));
  });
}
