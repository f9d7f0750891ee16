import { messageOf, TraplineError } from "./errors.js";
import { isUrl } from "./trace/copies.js";

interface Explanation {
  readonly message: string;
  readonly remedy: string;
}

/** The errno names that open(2), stat(2) and read(2) give for an input file, in plain words. */
const EXPLANATIONS: ReadonlyMap<string, Explanation> = new Map([
  ["ENOENT", { message: "there is no such file", remedy: "Check the spelling of the path" }],
  ["ENOTDIR", { message: "a part of the path is not a directory", remedy: "Check the spelling of the path" }],
  ["EISDIR", { message: "this is a directory", remedy: "Name a file in it" }],
  ["EACCES", { message: "no permission to read it", remedy: "Ask its owner for read permission" }],
  ["EPERM", { message: "no permission to read it", remedy: "Ask its owner for read permission" }],
  ["ELOOP", { message: "its symbolic links go round in a circle", remedy: "Name the file itself" }],
  ["ENAMETOOLONG", { message: "the path is too long", remedy: "Name the file from a nearer directory" }],
  ["EMFILE", { message: "too many files are open", remedy: "Raise the limit (ulimit -n)" }],
  ["ENFILE", { message: "too many files are open on this machine", remedy: "Close other programs" }],
  ["EIO", { message: "the disk reports a read error", remedy: "Copy the recording from its source again" }],
  ["ESTALE", { message: "the file has gone from its file server", remedy: "Mount it again" }],
]);

/** The name of the system's error ("ENOENT"), if what was thrown has one. */
function errnoOf(thrown: unknown): string | undefined {
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string") return thrown.code;
  return undefined;
}

/** What the system said about an input file, as an "input" error that names it. */
export function systemError(thrown: unknown, file: string): TraplineError {
  if (isUrl(file)) {
    const remedy = "Bring the file here";
    return new TraplineError("input", "only traces are read by http(s)://", { file }, remedy);
  }
  const explanation = EXPLANATIONS.get(errnoOf(thrown) ?? "");
  const message = explanation?.message ?? `it cannot be read: ${messageOf(thrown)}`;
  return new TraplineError("input", message, { file }, explanation?.remedy);
}
