/** Small readings of bytes that are text. All take a range and say where they stopped; none makes a string. */

/** Bytes of a recording, and the same bytes for reading several at a time. */
export interface Text {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export function textOf(bytes: Uint8Array): Text {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** Value of a hexadecimal digit by its byte, 255 for any other byte. */
export const hexDigit = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 10; digit++) hexDigit[0x30 + digit] = digit;
for (let digit = 10; digit < 16; digit++) {
  hexDigit[0x41 + digit - 10] = digit;
  hexDigit[0x61 + digit - 10] = digit;
}

export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
export const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
export const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09;

/** The first place from `at` that is no blank. */
export function skipSpaces(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isSpace(bytes[at])) at++;
  return at;
}

/** The first blank from `at`. */
export function skipToken(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && !isSpace(bytes[at])) at++;
  return at;
}

/** The first place from `at` that is no hexadecimal digit. */
export function skipHex(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && hexDigit[bytes[at]] !== 255) at++;
  return at;
}

/** Whether ASCII `text` stands at `at`, in either case. */
export function matches(bytes: Uint8Array, at: number, end: number, text: string): boolean {
  if (at + text.length > end) return false;
  for (let each = 0; each < text.length; each++) {
    if ((bytes[at + each] | 0x20) !== (text.charCodeAt(each) | 0x20)) return false;
  }
  return true;
}

export function toText(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}
