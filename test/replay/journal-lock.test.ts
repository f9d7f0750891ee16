import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, it } from "vitest";
import { lockJournal } from "#src/replay/journal-lock.js";

const folder = mkdtempSync(join(tmpdir(), "trapline-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const journal = join(folder, "out.json.journal");
const lock = `${journal}.lock`;

it("keeps a journal to one process, and takes it over from one that was killed", async () => {
  const source = `
    const { lockJournal } = await import(process.argv[1]);
    lockJournal(process.argv[2]);
    console.log("locked");
    setInterval(() => {}, 1000);`;
  const module = import.meta.resolve("#src/replay/journal-lock.js");
  const child = spawn(process.execPath, ["--input-type=module", "-e", source, module, journal], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  expect(() => lockJournal(journal)).toThrow(`is being written by process ${child.pid} on ${hostname()}`);
  child.kill("SIGKILL");
  await ended;
  expect(existsSync(lock)).toBe(true);
  const release = lockJournal(journal);
  expect(readFileSync(lock, "utf8")).toMatch(new RegExp(`^${process.pid} ${hostname()} [0-9a-f]{16}\\n$`));
  release();
  release();
  expect(existsSync(lock)).toBe(false);
});

it("goes with a process that ends by itself", async () => {
  const source = `const { lockJournal } = await import(process.argv[1]); lockJournal(process.argv[2]);`;
  const module = import.meta.resolve("#src/replay/journal-lock.js");
  const child = spawn(process.execPath, ["--input-type=module", "-e", source, module, journal]);
  await once(child, "exit");
  expect(existsSync(lock)).toBe(false);
});

it.each(["4711 another-machine\n", "", "no number\n"])("leaves alone what %j has", (holder) => {
  writeFileSync(lock, holder);
  expect(() => lockJournal(journal)).toThrow(
    /is being written by (process 4711 on another-machine|another process)/,
  );
  expect(readFileSync(lock, "utf8")).toBe(holder);
  rmSync(lock);
});

it("takes over what an earlier process with this number left, and no file stays beside it", () => {
  for (const holder of [
    `${process.pid} ${hostname()} 0123456789abcdef\n`,
    `${process.pid} ${hostname()}\n`,
  ]) {
    writeFileSync(lock, holder);
    lockJournal(journal)();
    expect(readdirSync(folder)).toEqual([]);
  }
});

it("is taken over by one of several that find it left at the same time", async () => {
  const source = `
    import { rmSync, writeFileSync } from "node:fs";
    import { hostname } from "node:os";
    const { lockJournal } = await import(process.argv[1]);
    const [, , journal, inside] = process.argv;
    process.stdin.on("data", (round) => {
      let taken = "refused";
      try {
        const release = lockJournal(journal);
        taken = "alone";
        try {
          writeFileSync(inside, "", { flag: "wx" });
        } catch {
          taken = "beside another";
        }
        for (const until = performance.now() + 2; performance.now() < until;);
        rmSync(inside, { force: true });
        // As a killed process leaves it: of a number that no process has.
        writeFileSync(journal + ".lock", "4194304 " + hostname() + " " + process.pid.toString(16) + String(round).trim() + "\\n");
        release();
      } catch {}
      console.log(taken);
    });
    console.log("ready");`;
  const module = import.meta.resolve("#src/replay/journal-lock.js");
  const inside = join(folder, "inside");
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", source, module, journal, inside], {
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
  const lines = children.map((child) => createInterface(child.stdout)[Symbol.asyncIterator]());
  const next = async (): Promise<unknown[]> =>
    Promise.all(lines.map(async (line) => (await line.next()).value));
  await next();
  const seen = new Map<unknown, number>();
  for (let round = 0; round < 200; round++) {
    for (const child of children) child.stdin.write(`${round}\n`);
    for (const taken of await next()) seen.set(taken, (seen.get(taken) ?? 0) + 1);
  }
  for (const child of children) child.stdin.end();
  await Promise.all(children.map((child) => once(child, "exit")));
  expect(seen.get("beside another")).toBeUndefined();
  expect(seen.get("alone")).toBeGreaterThanOrEqual(200);
  rmSync(lock, { force: true });
});

it("says that it cannot be written", () => {
  expect(() => lockJournal(join(folder, "nowhere", "a.journal"))).toThrow(/the journal cannot be written/);
});
