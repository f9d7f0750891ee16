import type { Content, Page, Shape } from "./encoder.js";
import { eventsOf, formats } from "./host.js";

/** Every form that a trace.dat can have. */
export const shapes: readonly Shape[] = [true, false].flatMap((little) =>
  ([4, 8] as const).flatMap((long) => [
    { version: 6, little, long, compression: "none", pageSize: 256 } as const,
    ...(["none", "zlib", "zstd"] as const).map((compression) => {
      return { version: 7, little, long, compression, pageSize: 256 } as const;
    }),
  ]),
);

export const shapeName = ({ version, little, long, compression }: Shape): string =>
  `version ${version}, ${little ? "little" : "big"} endian, long of ${long}, ${compression}`;

/** Two CPUs, the second empty and a third: everything that a page can hold. */
export function everything({ little }: Shape): Content {
  const { entry, exit, sysReg, switched, other } = eventsOf(little);
  const first: readonly Page[] = [
    { time: 1_000_000n, items: [entry(0, 11), exit(500, 11, 2, 0x18), sysReg(1, 11, 0x6230_0501n)] },
    {
      time: 1_002_000n,
      items: [entry(10, 11, 0xffff_ffff_ffff_ffffn), { extend: 2 ** 27 + 5 }, exit(7, 11, 0, 0)],
    },
    { time: 1_000_000_000n, items: [{ stamp: 2_000_000_000n }, entry(3, 11), { padding: true }], lost: 12 },
    { time: 3_000_000_000n, items: [] },
    { time: 3_000_000_000n, items: [{ discarded: 20, delta: 9 }, exit(1, 11, 1, 0)] },
  ];
  const third: readonly Page[] = [
    { time: 1_000_200n, items: [switched(0, 11, 12), other(50, 130), other(50, 3)] },
    { time: 1_000_500n, items: [entry(0, 12), { ...switched(1, 12, 11), long: true }], lost: -1 },
  ];
  return {
    formats,
    commands: { 11: "vcpu zero", 12: "CPU 1/KVM" },
    instances: [
      {
        name: "",
        clock: "mono",
        cpus: [
          { cpu: 0, pages: first },
          { cpu: 1, pages: [] },
          { cpu: 2, pages: third },
        ],
      },
    ],
  };
}

/** What `everything` is, read back. */
export const everythingRead: readonly string[] = [
  "1000000 0 11 kvm_entry",
  "1000200 2 11 sched_switch 11 12",
  "1000500 0 11 kvm_exit 2 24",
  "lost 2 -1",
  "1000500 2 12 kvm_entry",
  "1000501 0 11 kvm_handle_sys_reg 1647314177",
  "1000501 2 12 sched_switch 12 11",
  "1002010 0 11 kvm_entry",
  "135219750 0 11 kvm_exit 0 0",
  "lost 0 12",
  "2000000003 0 11 kvm_entry",
  "3000000010 0 11 kvm_exit 1 0",
];
