import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
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
  expect(readFileSync(lock, "utf8")).toBe(`${process.pid} ${hostname()}\n`);
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

it("says that it cannot be written", () => {
  expect(() => lockJournal(join(folder, "nowhere", "a.journal"))).toThrow(/the journal cannot be written/);
});
