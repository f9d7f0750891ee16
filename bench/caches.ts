import { cachesOn, showsValue } from "../src/trace/windows/once.js";

interface Shown {
  readonly kind: number;
  readonly register: number;
  readonly hasValue: boolean;
  readonly lo: number;
}

const sctlrEl1 = 0xc080;

/** Whether an event shows that its vCPU has the MMU and caches on, which ends `tvm`. */
export function showsCachesOn(registers: readonly number[]): (event: Shown) => boolean {
  const sctlr = registers.indexOf(sctlrEl1);
  return ({ kind, register, hasValue, lo }) =>
    register === sctlr && hasValue && showsValue.has(kind) && (lo & cachesOn) === cachesOn;
}
