/** Rewrites a Fast Model's log with `cpuN` into what execlog prints with reg=* of the same run. */

interface Record {
  readonly cpu: string;
  readonly pc: bigint;
  readonly opcode: string;
  readonly text: string;
  readonly changes: string[];
  /** Exception level that it was executed at; -1 where the model's log does not say. */
  readonly level: number;
}

const instruction = /^IT \(\d+\) ([0-9a-f]{16}) ([0-9a-f]{8}) O EL(\d)[th]_n : (.*)$/;
const register = /^R (\w+) ([0-9a-f]{16})$/;
const exception = /^E ([0-9a-f]{16}) \w+ CoreEvent_(\w+)$/;

const branch = "14000040";
const plain = "f9400000";
/** Where no code of the recordings is. */
const vectors = 0xffff_8000_f000_0000n;

/** A system instruction's opcode for the syndrome of its trap. */
function trapped(iss: number): string {
  const fields: readonly (readonly [from: number, bits: number, to: number])[] = [
    [20, 2, 19],
    [17, 3, 5],
    [14, 3, 16],
    [10, 4, 12],
    [5, 5, 0],
    [1, 4, 8],
    [0, 1, 21],
  ];
  const word = fields.reduce(
    (sum, [from, bits, to]) => sum | (((iss >>> from) & ((1 << bits) - 1)) << to),
    0,
  );
  return ((0xd500_0000 | word) >>> 0).toString(16);
}

const kinds = ["SYNC", "IRQ", "FIQ", "SERROR"];

export function execlog(text: string): string {
  const records: Record[] = [];
  const last = new Map<string, Record>();
  const add = (record: Record): void => {
    const before = last.get(record.cpu);
    if (before !== undefined && record.level >= 0) {
      const mode = record.level * 4 + (record.level > 0 ? 1 : 0);
      before.changes.push(`cpsr -> 0x${(0x6000_03c0 + mode).toString(16)}`);
    }
    records.push(record);
    last.set(record.cpu, record);
  };
  const lines = text.trimEnd().split("\n");
  for (let at = 0; at < lines.length; at++) {
    const [, cpu, rest] = /^\d+ clk cpu(\d+) (.*)$/.exec(lines[at])!;
    const registers: (readonly [name: string, value: string])[] = [];
    const follow = (): void => {
      for (; at + 1 < lines.length; at++) {
        const [, other, more] = /^\d+ clk cpu(\d+) (.*)$/.exec(lines[at + 1])!;
        const r = register.exec(more);
        if (r === null || other !== cpu) return;
        registers.push([r[1].toLowerCase(), r[2]]);
      }
    };
    const changes = (): string[] => registers.map(([name, value]) => `${name} -> 0x${value}`);
    const it = instruction.exec(rest);
    const e = exception.exec(rest);
    const r = register.exec(rest);
    if (it !== null) {
      follow();
      const [, pc, opcode, level, said] = it;
      const isWrite = opcode.startsWith("d51");
      const transfer = parseInt(opcode, 16) & 31;
      const value = registers.at(-1)?.[1];
      const given = isWrite && transfer < 31 && value !== undefined ? [`x${transfer} -> 0x${value}`] : [];
      add({
        cpu,
        pc: BigInt(`0x${pc}`),
        opcode,
        text: said.toLowerCase(),
        level: Number(level),
        changes: [...given, ...changes()],
      });
      // The model's log has system instructions alone: a branch leads to the next one.
      if (opcode.startsWith("d5")) {
        add({
          cpu,
          pc: BigInt(`0x${pc}`) + 4n,
          opcode: branch,
          text: "b #+0x100",
          level: Number(level),
          changes: [],
        });
      }
    } else if (e !== null) {
      follow();
      const [, pc, name] = e;
      const target = Number(/\d$/.exec(registers[0][0])![0]);
      const spsr = registers.find(([each]) => each.startsWith("spsr"))!;
      const esr = registers.find(([each]) => each.startsWith("esr"));
      const syndrome = esr === undefined ? 0 : parseInt(esr[1].slice(-8), 16);
      const isTrap = syndrome >>> 26 === 0x18;
      const call = last.get(cpu);
      // An HVC is in the log itself; it is left by the exception.
      if (call?.opcode.startsWith("d4") === true) call.changes.push(...changes());
      else
        add({
          cpu,
          pc: BigInt(`0x${pc}`),
          opcode: isTrap ? trapped(syndrome & 0x3f_ffff) : plain,
          text: isTrap ? ((syndrome & 1) === 0 ? "msr" : "mrs") : "ldr x0, [x0]",
          level: (parseInt(spsr[1].slice(-2), 16) >> 2) & 3,
          changes: changes(),
        });
      const kind = BigInt(kinds.findIndex((each) => name.endsWith(each)));
      const vector = vectors + 0x400n + 0x80n * kind;
      add({ cpu, pc: vector, opcode: branch, text: "b #+0x40", level: target, changes: [] });
    } else if (r !== null) {
      const change = `${r[1].toLowerCase()} -> 0x${r[2]}`;
      const known = last.get(cpu);
      if (known === undefined) {
        add({ cpu, pc: 0x1000n, opcode: branch, text: "b #+0x40", level: -1, changes: [change] });
      } else known.changes.push(change);
    }
  }
  return records
    .map(({ cpu, pc, opcode, text: said, changes }) =>
      [`${cpu}, 0x${pc.toString(16)}, 0x${opcode}, "${said}"`, ...changes].join(", "),
    )
    .join("\n")
    .concat("\n");
}

/**
 * The same, but that behind the first ERETs of EL2 to EL1 the instruction there cannot be fetched: EL2 takes its abort
 * before anything more is logged, and returns once more.
 */
export function withAborts(text: string, most: number): string {
  const modes = new Map<string, string>();
  let count = 0;
  return text
    .split("\n")
    .flatMap((line) => {
      const [cpu] = line.split(",");
      const before = modes.get(cpu);
      const now = /cpsr -> 0x[0-9a-f]*([0-9a-f])(?:,|$)/.exec(line)?.[1];
      if (now !== undefined) modes.set(cpu, now);
      if (!line.includes('"eret"') || before !== "9" || now !== "5" || count === most) return [line];
      count++;
      const eret = line.slice(0, line.lastIndexOf('"') + 1);
      return [
        `${eret}, esr_el2 -> 0x82000007, spsr_el2 -> 0x600003c5, cpsr -> 0x600003c9`,
        `${cpu}, 0x${(vectors + 0x400n).toString(16)}, 0x${branch}, "b #+0x40"`,
        line,
      ];
    })
    .join("\n");
}
