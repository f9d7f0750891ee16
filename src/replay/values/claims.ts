import type { Policy } from "../../policies/policy.js";
import { encodingFromIss } from "../../registers/encoding.js";
import { registerByName } from "../../registers/lookup.js";
import type { TraceEvent } from "../../trace/events.js";
import { exceptionClass, exitReason } from "../../trace/exits.js";
import { Kind } from "../../trace/kinds.js";

/** Watches a handler that takes every trap of its registers for its own. */
interface Claims {
  exit(event: TraceEvent, vcpu: number, pcpu: number): void;
  /** The guest got on. */
  clear(vcpu: number): void;
}

/** The same register's trap twice, with nothing done in between, has a cause that the handler did not take away. */
export function createClaims(
  { groups }: Policy,
  report: (register: string, vcpu: number, pcpu: number) => void,
): Claims {
  const claimed = new Map<number, string>();
  for (const { claims, registers } of groups) {
    if (claims !== "any") continue;
    for (const name of registers) {
      const register = registerByName(name);
      if (register !== undefined) claimed.set(register.encoding, name);
    }
  }
  const last = new Map<number, string>();
  return {
    exit({ kind, hasValue, lo, hi }, vcpu, pcpu) {
      if (claimed.size === 0 || kind !== Kind.fastExit) {
        if (kind !== Kind.fastExit) last.delete(vcpu);
        return;
      }
      const isAccess = exitReason(hasValue, lo, hi) === exceptionClass.sys64;
      const name = isAccess ? claimed.get(encodingFromIss(lo & 0x1ff_ffff)) : undefined;
      if (name === undefined) last.delete(vcpu);
      else if (last.get(vcpu) !== name) last.set(vcpu, name);
      else {
        report(name, vcpu, pcpu);
        last.delete(vcpu);
      }
    },
    clear: (vcpu) => void last.delete(vcpu),
  };
}
