/** A field of an event as the kernel describes it in `format` files; places and sizes in bytes. */
export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  /**
   * Its content is elsewhere in the event: four bytes give the length and the place, from the event's start
   * (`__data_loc`) or from the end of the field (`__rel_loc`).
   */
  readonly dynamic: "data" | "relative" | undefined;
}

/** Bounded, so that a text made to be slow is not; blanks are not line ends for the same reason. */
const line =
  /^[ \t]*field[^:\n]*:([^;\n]{1,256});[ \t]*offset:(\d{1,9});[ \t]*size:(\d{1,9});(?:[ \t]*signed:(\d);)?/gm;
const declaration = /(\w+)\s*(?:\[[^\]]*\]\s*)*$/;

/** The fields of a `format` file, or of `header_page`, in its order. */
export function readFields(text: string): Field[] {
  return [...text.matchAll(line)].flatMap(([, declared, offset, size, signed]): Field[] => {
    const name = declaration.exec(declared)?.[1];
    if (name === undefined) return [];
    return [
      {
        name,
        offset: Number(offset),
        size: Number(size),
        signed: signed === "1",
        dynamic: dynamicOf(declared),
      },
    ];
  });
}

function dynamicOf(declared: string): Field["dynamic"] {
  if (/\b__data_loc\b/.test(declared)) return "data";
  return /\b__rel_loc\b/.test(declared) ? "relative" : undefined;
}
