/** Rewrites a Fast Model's log with `cpuN` into other dialects. */

interface Line {
  readonly time: string;
  readonly cpu: string;
  /** Everything behind the CPU. */
  readonly rest: string;
}

const shape = /^(\d+) clk cpu(\d+) (.*)$/;
const instruction = /^IT \((\d+)\) ([0-9a-f]{16}) ([0-9a-f]{8}) O EL(\d[th])_n : (.*)$/;
const register = /^R (\w+) ([0-9a-f]{16})$/;
const exception = /^E ([0-9a-f]{16}) \w+ CoreEvent_(\w+)$/;

function linesOf(text: string): readonly Line[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, time, cpu, rest] = shape.exec(line)!;
      return { time, cpu, rest };
    });
}

const join = (lines: readonly string[]): string => `${lines.join("\n")}\n`;

/** One CPU's lines, as a model of one core writes them: without `cpuN`. */
export const withoutCpu = (text: string): string =>
  join(linesOf(text).map(({ time, rest }) => `${time} clk ${rest}`));

/** One CPU's lines of a text with several. */
export const onlyCpu = (text: string, cpu: string): string =>
  join(text.split("\n").filter((line) => line.includes(` clk cpu${cpu} `)));

export interface EsOptions {
  /** `12345 ns`, `12345ns` or `12.345us`. */
  readonly time?: "spaced" | "joined" | "fraction";
  /** Dashes for the opcode: the text has to do. */
  readonly dashes?: boolean;
}

/** The Cycle Models' ES lines: register lines indented, without a time of their own. */
export function es(text: string, { time = "spaced", dashes = false }: EsOptions = {}): string {
  const stamp = (at: string): string => {
    if (time === "joined") return `${at}ns`;
    if (time === "fraction") return `${at.slice(0, -3)}.${at.slice(-3)}us`;
    return `${at.padStart(12)} ns`;
  };
  return join(
    linesOf(text).map((line, at) => {
      const cpu = ` cpu${line.cpu}`;
      const it = instruction.exec(line.rest);
      if (it !== null) {
        const [, , pc, opcode, mode, said] = it;
        return `${stamp(line.time)}${cpu}  ES  (${pc}:${dashes ? "--------" : opcode}) O el${mode}_ns:  ${said.toLowerCase()}`;
      }
      const e = exception.exec(line.rest);
      if (e !== null) return `${stamp(line.time)}${cpu}  ES  EXC [${vectorOf(e[2])}] ${e[2]}`;
      // The first lines have no instruction to inherit the time of.
      return at < 6 ? `${stamp(line.time)}${cpu} ${line.rest}` : `${" ".repeat(20)}${line.rest}`;
    }),
  );
}

/** Offset of an exception's vector from VBAR_ELx (Arm ARM, D1.3.1). */
function vectorOf(name: string): string {
  const group = name.startsWith("LOWER_64") ? 0x400 : name.startsWith("LOWER_32") ? 0x600 : 0x200;
  const kinds = ["SYNC", "IRQ", "FIQ", "SERROR"];
  return `0x${(group + 0x80 * kinds.findIndex((kind) => name.endsWith(kind))).toString(16)}`;
}

/** gem5: physical addresses, its own register names, no exceptions. */
export function gem5(text: string, names: "r" | "X" = "r"): string {
  const lines: string[] = [];
  let inException = false;
  for (const { time, cpu, rest } of linesOf(text)) {
    const start = `${time} clk cpu${cpu}`;
    const it = instruction.exec(rest);
    const r = register.exec(rest);
    if (it !== null) {
      inException = false;
      const [, count, pc, opcode, mode, said] = it;
      const physical = pc.slice(4);
      lines.push(
        `${start} IT (${count}) ${pc.replace(/^0{1,8}/, "")}:${physical} ${opcode} O EL${mode}_ns :   ${said.toLowerCase()}`,
      );
    } else if (exception.test(rest)) {
      inException = true;
    } else if (r !== null && !inException) {
      const [, name, value] = r;
      lines.push(`${start} R ${names === "r" ? gem5Name(name) : name} ${value}`);
    }
  }
  return join(lines);
}

function gem5Name(name: string): string {
  if (name === "X30") return "lr_EL2h";
  return name.startsWith("X") ? `r${name.slice(1)}` : name.toLowerCase();
}
