import type { ClassNames, SwitchConfig } from "../configs/resolve.js";
import { registerByName } from "../registers/lookup.js";
import type { HeaderFields } from "../trace/writer.js";

/** What a kernel's switch code saves and restores, as the header of a trace holds it. */
export function listsOfKernel({ lists }: Pick<SwitchConfig, "lists">): HeaderFields["recorded"] {
  const encodings = (list: ClassNames): number[] =>
    (["el1", "user", "common", "return"] as const).flatMap((each) =>
      list[each].map((name) => registerByName(name)?.encoding ?? 0),
    );
  return {
    guestSave: encodings(lists.guest.save),
    guestRestore: encodings(lists.guest.restore),
    hostSave: encodings(lists.host.save),
    hostRestore: encodings(lists.host.restore),
  };
}
