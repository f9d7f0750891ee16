import { ZSTDDecoder } from "zstddec/stream";

/**
 * A WebAssembly build of the reference decoder. The package would fetch the module that it contains from a data URL,
 * for which Node loads its HTTP client, some 40 ms; where there is no `fetch` it decodes the module itself. It asks
 * before it first waits, so that nobody else misses what is hidden for a moment.
 */
export async function createZstdDecoder(): Promise<ZSTDDecoder> {
  const decoder = new ZSTDDecoder();
  const fetch = Object.getOwnPropertyDescriptor(globalThis, "fetch");
  if (fetch?.configurable !== true) {
    await decoder.init();
    return decoder;
  }
  let ready: Promise<void>;
  Object.defineProperty(globalThis, "fetch", { value: undefined, configurable: true });
  try {
    ready = decoder.init();
  } finally {
    Object.defineProperty(globalThis, "fetch", fetch);
  }
  await ready;
  return decoder;
}
