import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { repository } from "../../../cli/program.js";

export interface PageRows {
  readonly count: number;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly loaded: Float64Array;
  readonly windows: Float64Array;
  readonly counts: readonly Float64Array[];
}

export interface PageView {
  readonly times: readonly number[];
  readonly loaded: readonly number[];
  readonly counts: readonly (readonly number[])[];
  readonly isSingle: boolean;
  readonly sums: { readonly windows: number; readonly loaded: number; readonly counts: readonly number[] };
}

interface PageCode {
  unpackBlock(block: unknown, level: number, columns: number): PageRows;
  createLevels(vcpu: unknown, columns: number): unknown;
  viewOf(levels: unknown, columns: number, span: { from: number; to: number }, bins: number): PageView;
}

/** Scripts of the page that need no page: as they are shipped, run here. */
export function pageCode(): PageCode {
  const code = ["unpack", "levels", "view"].map((name) =>
    readFileSync(join(repository, `dist/src/report/html/page/${name}.js`), "utf8"),
  );
  const context = createContext({ atob, found: undefined });
  runInContext(`${code.join("\n")}\nfound = { unpackBlock, createLevels, viewOf };`, context);
  const found: unknown = context["found"];
  if (!isPageCode(found)) throw new Error("the page has other scripts now");
  return found;
}

const isPageCode = (found: unknown): found is PageCode =>
  typeof found === "object" && found !== null && "viewOf" in found;
