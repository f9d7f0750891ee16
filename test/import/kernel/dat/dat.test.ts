import { afterAll, describe, expect, it } from "vitest";
import { TraplineError } from "#src/errors.js";
import { temporaryFolder } from "../../input/helpers.js";
import { bytes, encodeDat, type Content, type Page, type Shape } from "./encoder.js";
import { eventsOf, formats, readBack, type ReadBack } from "./host.js";
import { everything, everythingRead, shapeName, shapes } from "./samples.js";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const shape: Shape = { version: 7, little: true, long: 8, compression: "none", pageSize: 256 };
const { entry, exit } = eventsOf(true);

const read = (content: Content, form: Shape = shape): Promise<ReadBack> =>
  readBack([folder.write(encodeDat(form, content))]);

const oneCpu = (pages: readonly Page[], options: Content["options"] = []): Content => ({
  formats,
  commands: {},
  instances: [{ name: "", clock: "local", cpus: [{ cpu: 0, pages }] }],
  options,
});

async function failure(work: Promise<unknown>): Promise<TraplineError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof TraplineError) return error;
  throw new Error("no TraplineError", { cause: error });
}

describe.each(shapes.map((form) => [shapeName(form), form] as const))("%s", (_, form) => {
  it("gives the events that were written", async () => {
    const { lines, passedOver, origin, names } = await read(everything(form), form);
    expect(lines).toEqual(everythingRead);
    expect(passedOver).toEqual({ kvm_mmio: 2 });
    expect(origin).toBe(0n);
    expect([...names]).toEqual([
      [11, "vcpu zero"],
      [12, "CPU 1/KVM"],
    ]);
  });

  it("reads all instances, the top one first", async () => {
    const events = eventsOf(form.little);
    const pages = (pid: number): Page[] => [
      { time: 10n, items: [events.entry(0, pid), events.entry(5, pid)] },
    ];
    const content = everything(form);
    const { lines } = await read(
      {
        ...content,
        instances: [
          {
            name: "",
            clock: "mono",
            cpus: [
              { cpu: 0, pages: pages(1) },
              { cpu: 1, pages: pages(2) },
            ],
          },
          {
            name: "kvm",
            clock: "mono",
            cpus: [
              { cpu: 0, pages: pages(3) },
              { cpu: 1, pages: pages(4) },
            ],
          },
        ],
      },
      form,
    );
    expect(lines.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      "10 0 1",
      "10 1 2",
      "10 0 3",
      "10 1 4",
      "15 0 1",
      "15 1 2",
      "15 0 3",
      "15 1 4",
    ]);
  });
});

describe("kernels with other fields", () => {
  it("reads a field by its name wherever it lies and whatever its size", async () => {
    const [, exitFormat] = formats;
    const other = {
      ...exitFormat,
      id: 1000,
      fields: [
        "\tfield:unsigned short common_type;\toffset:2;\tsize:2;\tsigned:0;",
        "\tfield:int common_pid;\toffset:20;\tsize:4;\tsigned:1;",
        "\tfield:u16 exit_reason;\toffset:4;\tsize:2;\tsigned:0;",
        "\tfield:s8 idx;\toffset:6;\tsize:1;\tsigned:1;",
        "\tfield:s64 unknown_here[4][2];\toffset:24;\tsize:64;\tsigned:1;",
      ],
    };
    const data = bytes(true).u16(0).u16(1000).u16(0x24).u8(0xfe).u8(0).raw(Buffer.alloc(12)).u32(77);
    const page = { time: 5n, items: [{ delta: 0, data: data.raw(Buffer.alloc(64)).done() }] };
    const { lines } = await read({ ...oneCpu([page]), formats: [other] });
    expect(lines).toEqual(["5 0 77 kvm_exit -2 36"]);
  });

  it("leaves unknown what the kernel does not have, or keeps elsewhere in the event", async () => {
    const [, exitFormat] = formats;
    const fields = [
      ...exitFormat.fields.slice(0, 4),
      "\tfield:__data_loc int[] ret;\toffset:8;\tsize:4;\tsigned:1;",
    ];
    const { lines } = await read({
      ...oneCpu([{ time: 5n, items: [exit(0, 7, 2, 0x18)] }]),
      formats: [{ ...exitFormat, fields }],
    });
    expect(lines).toEqual(["5 0 7 kvm_exit ? ?"]);
  });

  it("counts events that the file does not describe", async () => {
    const { lines, passedOver } = await read({
      ...oneCpu([{ time: 5n, items: [exit(0, 7, 2, 0x18), entry(1, 7)] }]),
      formats: formats.filter(({ name }) => name === "kvm_entry"),
    });
    expect(lines).toEqual(["6 0 7 kvm_entry"]);
    expect(passedOver).toEqual({ "unknown event": 1 });
  });

  it("says that an event is shorter than its format", async () => {
    const short = { delta: 0, data: bytes(true).u16(65).u16(0).done() };
    const error = await failure(read(oneCpu([{ time: 5n, items: [short] }])));
    expect(error.message).toBe("an event kvm_entry is shorter than its format");
  });
});

describe("times", () => {
  const times = async (content: Content): Promise<number[]> =>
    (await read(content)).lines.map((line) => Number(line.split(" ")[0]));

  it("are counted from the first where the clock shows more than 53 bits", async () => {
    const start = 1_760_000_000_123_456_789n;
    const content = oneCpu([
      { time: start, items: [entry(1, 1)] },
      { time: start + 10n ** 12n, items: [entry(2, 1)] },
    ]);
    expect(await times(content)).toEqual([1, 10 ** 12 + 2]);
    expect((await read(content)).origin).toBe(start);
  });

  it("take the highest bits of a stamp from the page", async () => {
    const start = 0xf800_0000_0000_1000n;
    const items = [entry(0, 1), { stamp: 0x5000n }, entry(1, 1)];
    expect(await times(oneCpu([{ time: start, items }]))).toEqual([0, 0x4001]);
  });

  it("take what OFFSET and DATE say into account", async () => {
    const pages = [{ time: 5000n, items: [entry(0, 1)] }];
    const option = (id: number, text: string): { id: number; data: Buffer } => ({
      id,
      data: Buffer.from(`${text}\0`),
    });
    expect(await times(oneCpu(pages, [option(7, "-1500")]))).toEqual([3500]);
    expect(await times(oneCpu(pages, [option(7, "250"), option(1, "0x2")]))).toEqual([7250]);
  });

  it("become nanoseconds where the file says how cycles do", async () => {
    const data = bytes(true).u32(3_355_443).u32(26).u64(999).done();
    const pages = [{ time: 1_000_000n, items: [entry(0, 1), entry(12_345, 1)] }];
    const expected = [1_000_000n, 1_012_345n].map((cycles) => Number((cycles * 3_355_443n) >> 26n));
    expect(await times(oneCpu(pages, [{ id: 14, data }]))).toEqual(expected);
  });

  it("of one CPU that go back keep their order", async () => {
    const content = oneCpu([
      { time: 500n, items: [entry(0, 1)] },
      { time: 400n, items: [entry(0, 1)] },
    ]);
    expect(await times(content)).toEqual([500, 400]);
  });

  it("before zero, and jumps that no clock makes, are damage", async () => {
    const back = [
      { time: 2n ** 60n, items: [entry(0, 1)] },
      { time: 100n, items: [entry(0, 1)] },
    ];
    expect((await failure(read(oneCpu(back)))).message).toContain("a time is far from all others");
    const jump = [{ time: 5n, items: [entry(0, 1), { extend: 2 ** 58 }, entry(0, 1)] }];
    expect((await failure(read(oneCpu(jump)))).message).toContain("a time is far from all others");
  });
});

describe("a guest's file", () => {
  type Sample = readonly [time: number, offset: number, scaling: number, fraction: number];
  const timeShift = (cpus: readonly (readonly Sample[])[], { flags = 0, fractions = true } = {}): Buffer => {
    const out = bytes(true).u64(0x1234).u32(flags).u32(cpus.length);
    for (const samples of cpus) {
      out.u32(samples.length);
      for (const column of [0, 1, 2] as const) for (const sample of samples) out.u64(BigInt(sample[column]));
    }
    if (fractions) for (const [, , , fraction] of cpus.flat()) out.u64(fraction);
    return out.done();
  };
  const guest = (data: Buffer, stamps: readonly number[]): Content => ({
    ...oneCpu(
      stamps.map((time) => ({ time: BigInt(time), items: [entry(0, 9)] })),
      [{ id: 12, data }],
    ),
  });
  const times = async (content: Content): Promise<number[]> =>
    (await read(content)).lines.map((line) => Number(line.split(" ")[0]));

  it("moves by the one correction there is", async () => {
    expect(await times(guest(timeShift([[[100, 7000, 5, 1]]]), [50, 200]))).toEqual([7050, 7200]);
  });

  it("moves by the last correction before each event, the first of several of the same time", async () => {
    const data = timeShift([
      [
        [300, 3000, 1, 0],
        [100, 1000, 1, 0],
        [200, -50, 1, 0],
        [200, 777, 1, 0],
      ],
    ]);
    // Beyond the last correction the one before it holds: it is the last that has a successor.
    expect(await times(guest(data, [50, 100, 199, 200, 299, 300, 400]))).toEqual([
      1050, 1100, 1199, 150, 249, 250, 350,
    ]);
  });

  it("goes evenly from one correction to the next where the file says so", async () => {
    const data = timeShift(
      [
        [
          [1000, 100, 1, 0],
          [2000, 200, 1, 0],
        ],
      ],
      { flags: 1 },
    );
    expect(await times(guest(data, [1000, 1504, 1505, 2000]))).toEqual([1100, 1654, 1656, 2200]);
  });

  it("scales by a fraction, and by a whole number without one", async () => {
    expect(
      await times(
        guest(
          timeShift([
            [
              [0, 5, 6, 2],
              [9, 0, 1, 0],
            ],
          ]),
          [1000],
        ),
      ),
    ).toEqual([1505]);
    const whole = timeShift(
      [
        [
          [0, 5, 6, 2],
          [9, 0, 1, 0],
        ],
      ],
      { fractions: false },
    );
    expect(await times(guest(whole, [1000]))).toEqual([6005]);
  });

  it("is merged with its host's, whose events of the same time come first", async () => {
    const hostPages = [{ time: 7000n, items: [exit(50, 1, 0, 0), entry(150, 1), exit(10, 1, 0, 0)] }];
    const host = folder.write(encodeDat(shape, oneCpu(hostPages)), "host");
    const inside = folder.write(
      encodeDat(shape, guest(timeShift([[[100, 7000, 1, 0]]]), [40, 200, 205])),
      "guest",
    );
    const { lines } = await readBack([host, inside]);
    expect(lines.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      "7040 0 9",
      "7050 0 1",
      "7200 0 1",
      "7200 0 9",
      "7205 0 9",
      "7210 0 1",
    ]);
  });
});

describe("a file that is not as it should be", () => {
  const good = encodeDat(shape, oneCpu([{ time: 5n, items: [entry(0, 7)] }]));
  const old = encodeDat({ ...shape, version: 6 }, oneCpu([{ time: 5n, items: [entry(0, 7)] }]));
  const refused = async (file: Uint8Array): Promise<string> => {
    const { message, remedy, code } = await failure(readBack([folder.write(file)]));
    return `${code}: ${message}. ${remedy}`;
  };
  const replaced = (file: Buffer, from: string, to: string): Buffer => {
    expect(from.length).toBe(to.length);
    const copy = Buffer.from(file);
    copy.write(to, file.indexOf(from), "latin1");
    return copy;
  };

  it("of another version is refused", async () => {
    expect(await refused(replaced(good, "tracing7", "tracing8"))).toBe(
      'unsupported: its version is "8", not 6 or 7. Convert it with trace-cmd convert --file-version 7',
    );
  });

  it("packed by an unknown program is refused", async () => {
    expect(await refused(replaced(good, "none\0", "lzop\0"))).toContain(
      'unsupported: it is compressed with "lzop"',
    );
  });

  it("with a tracer's text is refused", async () => {
    expect(await refused(replaced(old, "flyrecord\0", "latency  \0"))).toContain(
      "Print it with trace-cmd report",
    );
  });

  it("whose ring buffer is like none is refused", async () => {
    expect(await refused(replaced(good, "   27 bits", "   28 bits"))).toContain("no time_delta as known");
    expect(await refused(replaced(good, "timestamp;\toffset:0", "timestamp;\toffset:9"))).toContain(
      "page header",
    );
  });

  it("whose options go round in a circle is refused", async () => {
    const copy = Buffer.from(good);
    const first = copy.readBigUInt64LE(copy.indexOf("none\x001.0\0") + 9);
    // Its last 8 bytes name the next section of options; the first one is the last thing in the file.
    copy.writeBigUInt64LE(first, copy.length - 8);
    expect(await refused(copy)).toContain("its options go round in a circle");
  });

  it("that claims more than it has is refused before memory is taken", async () => {
    const at = good.indexOf(bytes(true).u16(3).u16(0).u32(0).done());
    expect(at).toBeGreaterThan(0);
    const claim = Buffer.from(good);
    const option = good.lastIndexOf("local\0");
    claim.writeUInt32LE(0xffff_fff0, option + 6 + 4); // CPUs
    expect(await refused(claim)).toContain("CPUs in");
    const size = Buffer.from(good);
    size.writeBigUInt64LE(2n ** 50n, option + 6 + 4 + 4 + 4 + 8);
    expect(await refused(size)).toContain("the buffer of CPU 0 is said to end at");
    const format = replaced(good, "name: kvm_exit", "name: kvm_exit");
    format.writeBigUInt64LE(2n ** 62n, format.indexOf("name: kvm_exit") - 8);
    expect(await refused(format)).toContain("is no size");
  });

  it("cut off anywhere is refused with one line", async () => {
    for (const file of [good, old]) {
      // Behind the last event there is only what fills its page.
      const end = file === good ? file.length : file.length - 200;
      for (let length = 10; length < end; length += 7) {
        const error = await failure(readBack([folder.write(file.subarray(0, length))]));
        expect(error.message, `${length} bytes`).not.toContain("\n");
      }
    }
  });

  it("keeps what is whole when damage is passed over, and says that events may be missing", async () => {
    const pages = [5n, 6n, 7n].map((time): Page => ({ time, items: [entry(0, Number(time)), entry(1, 1)] }));
    const file = encodeDat(shape, oneCpu(pages));
    const second = file.indexOf(bytes(true).u64(6).done(), 256);
    file.writeUInt32LE(0x7ffff, second + 8);
    const { lines, damage } = await readBack([folder.write(file)], true);
    expect(lines).toEqual([
      "5 0 5 kvm_entry",
      "6 0 1 kvm_entry",
      "lost 0 -1",
      "7 0 7 kvm_entry",
      "8 0 1 kvm_entry",
    ]);
    expect(damage).toEqual([
      "a page holds 524287 bytes of events, which is more than it has room for in the buffer of CPU 0",
    ]);
  });

  it("does without a piece that does not unpack when damage is passed over", async () => {
    const pages = [1n, 2n, 3n, 4n, 5n].map((time): Page => ({ time, items: [entry(0, Number(time))] }));
    const file = encodeDat({ ...shape, compression: "zlib" }, oneCpu(pages));
    const pieces = [...file.toString("latin1").matchAll(/\x78\x9c/g)].map(({ index }) => index).slice(-5, -2);
    file.fill(0, pieces[1] + 2, pieces[1] + 10);
    const { lines, damage } = await readBack([folder.write(file)], true);
    expect(lines).toEqual(["1 0 1 kvm_entry", "2 0 2 kvm_entry", "lost 0 -1", "5 0 5 kvm_entry"]);
    expect(damage).toEqual(["the zlib data is damaged"]);
  });
});
