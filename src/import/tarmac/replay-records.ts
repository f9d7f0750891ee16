import { Op } from "./opcode.js";
import { Type, causes, prefixed, registerName, registerReading, registerSort, staysFlag } from "./records.js";
import { Reading, type Retirement } from "./retire.js";

const two32 = 2 ** 32;

/** What is told of a line that is bad: what is wrong, its number in the text, where in it it starts and ends. */
export type Bad = (complaint: number, line: number, at: number, end: number) => void;

/** Tells what records say, in their order, up to `length` words. */
export function replayRecords(words: Int32Array, length: number, retirement: Retirement, bad: Bad): void {
  // A floating-point number from the start, as it is when it needs more than 31 bits: V8 compiles for one of both.
  let time = -0;
  let prefix = 0;
  for (let at = 0; at < length;) {
    const head = words[at++];
    const type = head & 0xf;
    const level = ((head >>> 4) & 7) - 1;
    const number = (head >>> 7) & prefixed;
    const cpu = number === prefixed ? prefix : number;
    const detail = head >>> 16;
    switch (type) {
      case Type.write:
      case Type.read: {
        time += words[at];
        const pc = words[at + 1];
        const lo = words[at + 2];
        const hi = words[at + 3];
        at += 4;
        retirement.access(cpu, time, pc, type === Type.write, detail, level, lo, hi);
        break;
      }
      case Type.msr:
      case Type.mrs:
        time += words[at];
        retirement.instruction(cpu, time, words[at + 1], type === Type.msr ? Op.msr : Op.mrs, detail, level);
        at += 2;
        break;
      case Type.eret:
      case Type.plain:
        time += words[at];
        at++;
        retirement.instruction(cpu, time, 0, type === Type.eret ? Op.eret : Op.other, 0, level);
        break;
      case Type.register:
        retirement.register(
          cpu,
          registerSort(detail),
          registerName(detail),
          registerReading(detail),
          words[at],
          words[at + 1],
        );
        at += 2;
        break;
      case Type.exception:
        time += words[at];
        retirement.exception(cpu, time, words[at + 1], causes[detail & 3], (detail & staysFlag) !== 0);
        at += 2;
        break;
      case Type.time:
        time = -0 + (words[at] >>> 0) + words[at + 1] * two32;
        at += 2;
        break;
      case Type.cpu:
        prefix = words[at++];
        break;
      case Type.unread:
        if (!retirement.register(cpu, registerSort(detail), registerName(detail), Reading.none, 0, 0)) {
          bad(0, words[at], words[at + 1], words[at + 2]);
        }
        at += 3;
        break;
      default:
        bad(detail, words[at], words[at + 1], words[at + 2]);
        at += 3;
    }
  }
}
