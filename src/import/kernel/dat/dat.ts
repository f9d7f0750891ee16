import { TraplineError } from "../../../errors.js";
import type { OpenFile } from "../../input/source.js";
import { type Bytes, fileBytes } from "./bytes.js";
import { createDecompress, type Decompress } from "./decompress.js";
import { readHead } from "./head.js";
import { datMagic, isDat } from "./magic.js";
import type { Tables } from "./tables.js";
import { readTables6 } from "./version6.js";
import { readTables7 } from "./version7.js";

/** What is known of a trace.dat without reading its events. */
export interface Dat extends Tables {
  readonly file: Bytes;
  readonly version: 6 | 7;
  readonly little: boolean;
  readonly decompress: Decompress;
}

/**
 * Reads all tables of a trace.dat of version 6 or 7.
 * @throws TraplineError "input" when it is damaged or cut off, "unsupported" when it holds no ring buffers
 */
export async function openDat(open: OpenFile): Promise<Dat> {
  const file = fileBytes(open);
  if (file.size < datMagic.length || !isDat(file.read(0, datMagic.length))) {
    throw new TraplineError("input", "is no trace.dat", { file: open.name });
  }
  const head = readHead(file);
  const decompress = await createDecompress(head.compression, file);
  const { version, little } = head;
  const tables = version === 6 ? readTables6(file, head) : readTables7(file, head, decompress);
  return { file, version, little, decompress, ...tables };
}
