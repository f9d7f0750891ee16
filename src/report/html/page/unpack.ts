/** Rows of a block; the inverse of `pack.ts`. */
function unpackBlock(block: PackedRows, level: number, columns: number): Rows {
  const text = atob(block.data);
  let at = 0;
  const integer = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = text.charCodeAt(at++);
      if (byte < 0x80) return value + byte * scale;
      value += (byte - 0x80) * scale;
      scale *= 0x80;
    }
  };
  const column = (): Float64Array => {
    const values = new Float64Array(block.rows);
    for (let row = 0; row < block.rows; row++) {
      const value = integer();
      values[row] = value;
      // After a 0 comes how many more there are.
      if (value === 0) row += integer();
    }
    return values;
  };
  const starts = column();
  const ends = column();
  let before = block.from;
  for (let row = 0; row < block.rows; row++) {
    const gap = starts[row];
    starts[row] = before + (gap % 2 === 0 ? gap / 2 : -(gap + 1) / 2);
    ends[row] += starts[row];
    before = ends[row];
  }
  const loaded = level === 0 ? ends.map((end, row) => end - starts[row]) : column();
  const windows = level === 0 ? new Float64Array(block.rows).fill(1) : column();
  const counts = Array.from({ length: columns }, () => column());
  return { count: block.rows, starts, ends, loaded, windows, counts };
}
