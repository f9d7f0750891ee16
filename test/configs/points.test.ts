import { describe, expect, it } from "vitest";
import { switchedClasses, switchPoints } from "#src/configs/points.js";
import type { ContextPoints, Point } from "#src/configs/points.js";

const order: readonly Point[] = ["load", "run-start", "entry", "exit", "run-end", "put"];
const opposite: Readonly<Record<Point, Point>> = {
  load: "put",
  put: "load",
  "run-start": "run-end",
  "run-end": "run-start",
  entry: "exit",
  exit: "entry",
};

const classPoints = (["vhe", "nvhe"] as const).flatMap((mode) =>
  switchedClasses.map((switched) => {
    const { guest, host } = switchPoints[mode][switched];
    return { mode, switched, guest, host };
  }),
);

const hostPoints = classPoints.flatMap(({ host, ...rest }) =>
  host === undefined ? [] : [{ host, ...rest }],
);

describe("switch points", () => {
  it.each(classPoints)("of the guest's $switched open and close at the same level on $mode", ({ guest }) => {
    expect(guest.save).toBe(opposite[guest.restore]);
    expect(order.indexOf(guest.arm)).toBeLessThanOrEqual(order.indexOf(guest.restore));
  });

  it.each(hostPoints)("of the host's $switched enclose those of the guest on $mode", ({ guest, host }) => {
    expect(host.restore).toBe(guest.save);
    expect(order.indexOf(host.save)).toBeLessThanOrEqual(order.indexOf(guest.restore));
  });

  it("switch all of sysreg-sr around the run on nVHE", () => {
    const host: ContextPoints = { save: "run-start", restore: "run-end" };
    for (const switched of ["el1", "user", "common", "return"] as const) {
      expect(switchPoints.nvhe[switched]).toEqual({
        guest: { save: "run-end", restore: "run-start", arm: "run-start" },
        host,
      });
    }
  });

  it("defer el1 and user to load and put on VHE", () => {
    const guest = { save: "put", restore: "load", arm: "load" };
    expect(switchPoints.vhe.el1).toEqual({ guest });
    expect(switchPoints.vhe.user).toEqual({ guest, host: { save: "load", restore: "put" } });
  });

  it("keep common and return at the run on VHE, the host's return state excepted", () => {
    const guest = { save: "run-end", restore: "run-start", arm: "run-start" };
    expect(switchPoints.vhe.common).toEqual({ guest, host: { save: "run-start", restore: "run-end" } });
    expect(switchPoints.vhe.return).toEqual({ guest });
  });

  it("do not depend on the mode for keys, FP and debug", () => {
    for (const switched of ["keys", "fp", "debug"] as const) {
      expect(switchPoints.vhe[switched]).toEqual(switchPoints.nvhe[switched]);
    }
    expect(switchPoints.vhe.keys).toEqual({
      guest: { save: "exit", restore: "entry", arm: "load" },
      host: { save: "load", restore: "exit" },
    });
    expect(switchPoints.vhe.fp.host).toBeUndefined();
  });
});
