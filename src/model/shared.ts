/**
 * Memory of the loops that go through windows: a worker's model lies in shared memory as flat tables of numbers, beside
 * the region that its counts go to, and neither grows nor moves while a loop runs.
 */
export const sharedU8 = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));

export const sharedU16 = (length: number): Uint16Array => new Uint16Array(new SharedArrayBuffer(2 * length));

export const sharedU32 = (length: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(4 * length));

export const sharedI32 = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));

export const sharedF64 = (length: number): Float64Array =>
  new Float64Array(new SharedArrayBuffer(8 * length));
