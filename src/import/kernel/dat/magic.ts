/** trace-cmd.dat(5), "Initial format": three bytes and a word. */
export const datMagic = Uint8Array.of(0x17, 0x08, 0x44, ...Buffer.from("tracing"));

export function isDat(start: Uint8Array): boolean {
  return datMagic.every((byte, at) => start[at] === byte);
}
