import { basename } from "node:path";
import { TraplineError } from "../errors.js";
import { traceIdentity } from "../replay/identity.js";
import type { TraceHeader } from "../trace/header.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { encodingsOf } from "./copy.js";
import type { ExitModelKind, Stretch } from "./model.js";
import { splitPut, withPuts } from "./puts.js";
import { scaled, scaleFor, splitScale, type Scale } from "./scale.js";
import { recordedStretches } from "./stretches.js";
import { byMpidr } from "./vcpus.js";

/** Stretches of a vCPU that are kept in memory, some 4 MB; more are read again each time round. */
const mostKept = 1 << 16;

/** What a pass gives, again and again; a short one is remembered. */
function* repeated(pass: () => Iterable<Stretch>): Generator<Stretch> {
  const kept: Stretch[] = [];
  let count = 0;
  for (const each of pass()) {
    if (count++ < mostKept) kept.push(each);
    yield each;
  }
  if (count === 0) return;
  for (;;) yield* count <= mostKept ? kept : pass();
}

/** A vCPU of the other recording, and what a stretch of it takes on average. */
interface Model {
  readonly vcpu: number;
  readonly mean: number;
}

/** The vCPUs that were seen to be entered and to leave, in the order of VMID and MPIDR. */
function modelsIn({ header }: Trace): Model[] {
  const { vcpus, guestTime, exits, places } = header;
  return byMpidr(vcpus).flatMap((vcpu) => {
    // Without any time in the guest its stretches would be repeated for ever at one place.
    if (guestTime[vcpu] === 0) return [];
    const count = exits.reduce((sum, row) => sum + (places[2 * row[0] + 1] === vcpu ? row[5] : 0), 0);
    return [{ vcpu, mean: guestTime[vcpu] / count }];
  });
}

/** Refuses what holds no exits that could be laid over a trace with this clock. */
function checkOther(
  other: TraceHeader,
  own: TraceHeader,
  name: string,
  put: number | undefined,
  scale: Scale | undefined,
): void {
  const refuse = (message: string, remedy?: string): TraplineError =>
    new TraplineError("unsupported", message, { file: name }, remedy);
  if (other.modelled !== undefined) throw refuse("its own exits are modelled: take those of a recording");
  if (other.capabilities.entries !== "none" && other.mode === "none") {
    throw refuse("does not tell whether its host is VHE or nVHE, and so not where it would switch");
  }
  if (other.capabilities.entries === "none") {
    throw refuse("holds no guest entries and exits that --exits from= could take");
  }
  if (other.clock.unit !== own.clock.unit && scale === undefined) {
    throw refuse(
      `its clock counts ${other.clock.unit}, and that of the trace under --exits ${own.clock.unit}`,
      "Say how many of these one of those is (scale=N), or that both took as long in all (scale=fit)",
    );
  }
  if (put !== undefined && other.capabilities.loads) {
    throw refuse("has puts of its own, which --exits from= takes", "Leave put= out");
  }
}

/** A fit says what it came to. */
const scaleText = (scale: Scale | undefined, factor: number): string => {
  if (scale === undefined) return "";
  return scale === "fit" ? `,scale=fit:${Number(factor.toPrecision(6))}` : `,scale=${scale}`;
};

/**
 * As another guest was seen to leave: how long each stretch was, how it ended and why, and what its hypervisor did
 * before it came back. vCPU i takes those of the other's vCPU i modulo their number.
 */
export const from: ExitModelKind = {
  name: "from",
  usage: "from=OTHER.trl[,put=M][,scale=fit|N]",
  parse(text) {
    const { value, scale } = splitScale(text);
    const { value: other, put } = splitPut(value);
    if (other === "" || other === "-") {
      throw new TraplineError("usage", "--exits from= takes a trace or a recording by its file name");
    }
    return {
      other,
      open(header, path = other) {
        const trace = openTrace(path);
        try {
          checkOther(trace.header, header, path, put, scale);
          const models = modelsIn(trace);
          if (models.length === 0) {
            throw new TraplineError("unsupported", "no vCPU of it spent any time in its guest", {
              file: path,
            });
          }
          const { capabilities, mode } = trace.header;
          const of = (ordinal: number): Model => models[ordinal % models.length];
          const { guestTime } = trace.header;
          const seen = new Set(header.places.filter((_, at) => at % 2 === 1));
          const total = byMpidr(header.vcpus).reduce(
            (sum, vcpu, ordinal) => (seen.has(vcpu) ? sum + guestTime[of(ordinal).vcpu] : sum),
            0,
          );
          const factor = scaleFor(scale ?? 1, header, total);
          return {
            stretches(ordinal) {
              const as = repeated(() => recordedStretches(trace, of(ordinal).vcpu));
              const all = factor === 1 ? as : scaled(as, factor);
              return put === undefined ? all : withPuts(all, put);
            },
            mean: (ordinal) => of(ordinal).mean * factor,
            entries: capabilities.entries === "none" ? "all" : capabilities.entries,
            loads: capabilities.loads || put !== undefined,
            mode,
            recorded: encodingsOf(trace.header),
            mark: {
              part: "exits",
              model: `from=${basename(other)}${put === undefined ? "" : `,put=${put}`}${scaleText(scale, factor)}`,
              seed: null,
              from: { name: basename(other), identity: traceIdentity(path) },
            },
            close: () => trace.close(),
          };
        } catch (error) {
          trace.close();
          throw error;
        }
      },
    };
  },
};
