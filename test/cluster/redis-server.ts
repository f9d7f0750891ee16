import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Whether Debian's redis-server is here: what needs it says so, and is skipped where it is not. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

/** A Redis of a test's own. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Answers of redis-cli. */
  cli(...words: readonly string[]): string;
  /** Ends it as a power cut does, and starts it again on the same folder. */
  restart(pause?: number): Promise<void>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a Redis that keeps what it is told in an append-only file, with more options. */
export async function startRedis(...options: readonly string[]): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "trapline-redis-"));
  const at = options.indexOf("--requirepass");
  const env = { ...process.env, ...(at < 0 ? {} : { REDISCLI_AUTH: options[at + 1] }) };
  const ask = (...words: readonly string[]): SpawnSyncReturns<string> =>
    spawnSync("redis-cli", ["-p", String(port), ...words], { encoding: "utf8", env });
  const cli = (...words: readonly string[]): string => {
    const { stdout, stderr } = ask(...words);
    // An error is no empty answer: nothing would be left of anything.
    if (stderr !== "") throw new Error(`redis-cli ${words.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  let child: ChildProcess | undefined;
  async function start(): Promise<void> {
    const always = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"];
    child = spawn("redis-server", ["--port", String(port), "--dir", folder, ...always, ...options], {
      stdio: "ignore",
    });
    for (let tries = 0; tries < 200 && !ask("ping").stdout.includes("PONG"); tries++) await wait(25);
  }
  async function end(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    cli,
    async restart(pause = 0) {
      await end();
      await wait(pause);
      await start();
    },
    async stop() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
