/** A count with thousands told apart; of a part of one, three digits. */
function countText(value: number): string {
  if (!Number.isInteger(value) && Math.abs(value) < 1000) return String(Number(value.toPrecision(3)));
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** In little room: thousands as k, millions as M. */
function shortText(value: number): string {
  for (const [size, letter] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (Math.abs(value) >= size) return `${Number((value / size).toPrecision(6))}${letter}`;
  }
  return String(Number(value.toPrecision(6)));
}

const picoseconds: Readonly<Record<string, number>> = { ps: 1, ns: 1e3, us: 1e6, ms: 1e9, s: 1e12 };

/** Clock units: time as time, anything else as a number of them. */
function timeText(value: number, unit: string, digits: number): string {
  const size = picoseconds[unit];
  if (size === undefined) return shortText(Number(value.toPrecision(digits)));
  const ps = value * size;
  for (const [name, each] of Object.entries(picoseconds).toReversed()) {
    if (Math.abs(ps) >= each) return `${Number((ps / each).toPrecision(digits))} ${name}`;
  }
  return `${Number(ps.toPrecision(digits))} ps`;
}
