/** What commands do with URLs, and what they never show of them. */

import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { finished, outputOf, runTrapline, startTrapline, temporaryFolder } from "../cli/program.js";
import { selfSigned } from "./certificate.js";
import { serveRanges, type Asked, type RangeServer } from "./range-server.js";
import { serveTrace } from "./served-trace.js";

const folder = temporaryFolder();
let trace = "";
let server: RangeServer;
let secret = "";
let shown = "";

beforeAll(async () => {
  ({ trace, server, secret, shown } = await serveTrace(folder));
});
afterAll(() => server.stop());

const well = ({ well: answer }: Asked): void => answer();

/** A folder for temporary files that only one run has. */
function ownTemporary(name: string): { readonly env: Record<string, string>; readonly left: () => string[] } {
  const path = join(folder, name);
  mkdirSync(path);
  return { env: { TMPDIR: path }, left: () => readdirSync(path) };
}

it("says in one line, without what opens a URL, that it cannot be read, or is not by this command", async () => {
  const faults: readonly ((asked: Asked) => void)[] = [
    ({ response }) => response.writeHead(403).end("s3cr3t"),
    ({ response }) => response.writeHead(200).end("s3cr3t"),
    ({ response }) => response.writeHead(302, { location: "ftp://s3cr3t" }).end(),
    ({ response }) => response.writeHead(206, { "content-range": "bytes 0-5/6" }).end("s3cr3t"),
    (asked) => {
      const { response, bytes, from, to } = asked;
      const lie = Buffer.from(bytes.subarray(from, to + 1)).fill(7, Math.min(64, to - from));
      response.writeHead(206, { "content-range": `bytes ${from}-${to}/${bytes.length}` }).end(lie);
    },
  ];
  const refused: readonly string[] = [
    "check",
    "import",
    "join --exits x.trl -o y.trl --writes",
    "generate -o y.trl --like",
    "diff x.json",
  ];
  for (const [at, fault] of faults.entries()) {
    server.answer(fault);
    for (const command of at === 4 ? ["replay", "inspect", "verdict"] : ["replay"]) {
      const { status, stdout, stderr } = await runTrapline([command, secret]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toContain(`trapline: ${shown}: `);
      expect(stderr).toMatch(/^[^\n]*\n$/);
      expect(stderr).not.toContain("s3cr3t");
    }
  }
  for (const command of refused) {
    const { status, stderr } = await runTrapline([...command.split(" "), secret]);
    expect([command, status === 0]).toEqual([command, false]);
    expect(stderr).not.toContain("s3cr3t");
    expect(stderr).toMatch(/http\(s\):\/\/|no such file/);
  }
  const { stderr } = await runTrapline(["replay", "http://s3cr3t:s3cr3t@/?s3cr3t"]);
  expect(stderr).toMatch(/is no URL/);
  expect(stderr).not.toContain("s3cr3t");
});

it("keeps what opens a URL out of journals, and says that a plan holds it", async () => {
  server.answer(well);
  const plan = join(folder, "plan.json");
  const made = await runTrapline(["plan", secret, "-o", plan]);
  expect(made).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/plan\.json holds URLs with what opens them/),
  });
  expect(made.stderr).not.toContain("s3cr3t");
  const journal = join(folder, "journal");
  const kept = await runTrapline(["replay", "--plan", plan, "--journal", journal, "--json"]);
  expect(kept).toMatchObject({ status: 0, stderr: "" });
  expect(kept.stdout).not.toContain("s3cr3t");
  expect(readFileSync(journal, "utf8")).toContain(shown);
  expect(readFileSync(journal, "utf8")).not.toContain("s3cr3t");
  const estimated = await runTrapline(["plan", secret, "--estimate", "--json"]);
  expect(estimated).toMatchObject({ status: 0, stderr: "" });
});

it("goes on without a trace that cannot be read, where it is told to", async () => {
  server.answer((asked) =>
    asked.request.url?.includes("gone") === true ? asked.response.writeHead(404).end() : asked.well(),
  );
  const gone = `${server.url}/gone.trl?s3cr3t`;
  const { status, stdout, stderr } = await runTrapline(["replay", gone, secret, "--keep-going", "--json"]);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    traces: [{ path: shown }],
    missing: [{ trace: `${server.url}/gone.trl`, reason: expect.stringMatching(/^is not there/) }],
  });
  expect(stdout + stderr).not.toContain("s3cr3t");
});

it("leaves no file behind when it is interrupted or killed", async () => {
  const inThreads = ["-j", "2", "--shard-timeout", "60"];
  for (const [signal, words] of [
    ["SIGINT", inThreads],
    ["SIGINT", []],
    ["SIGKILL", inThreads],
  ] as const) {
    const { env, left } = ownTemporary(`${signal}-${words.length}`);
    let stalled = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (stalled = resolve));
    server.answer((asked) => {
      // The head is answered, and the windows are not.
      if (asked.from === 0 || asked.to === asked.bytes.length - 1) asked.well();
      else stalled();
    });
    const child = startTrapline(["replay", shown, ...words], { env });
    const end = finished(child);
    await Promise.race([waiting, once(child, "exit")]);
    child.kill(signal);
    const { status, stdout } = await end;
    expect({ status, stdout }).toEqual({ status: signal === "SIGINT" ? 130 : null, stdout: "" });
    const files = left().flatMap((each) => readdirSync(join(env["TMPDIR"] ?? "", each)));
    // Where files have a name, one that was killed leaves them.
    const isNamed = signal === "SIGKILL" && process.platform !== "linux";
    expect(isNamed ? [] : files).toEqual([]);
    expect(signal === "SIGKILL" ? [] : left()).toEqual([]);
  }
});

it("reads by TLS, where somebody answers for the certificate", async () => {
  const tls = selfSigned();
  const secure = await serveRanges(readFileSync(trace), { tls });
  const authority = join(folder, "authority.pem");
  writeFileSync(authority, tls.cert);
  secure.answer(well);
  const refused = await runTrapline(["inspect", `${secure.url}/a.trl?s3cr3t`]);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(
    /a\.trl: cannot be read: nobody whom this machine trusts .* NODE_EXTRA_CA_CERTS\n$/,
  );
  const env = { NODE_EXTRA_CA_CERTS: authority };
  const read = await runTrapline(["inspect", `${secure.url}/a.trl`, "--json"], { env });
  expect(read.stdout).toBe(outputOf(["inspect", trace, "--json"]).replaceAll(trace, `${secure.url}/a.trl`));
  secure.answer(({ response }) => response.writeHead(302, { location: shown }).end());
  const less = await runTrapline(["inspect", `${secure.url}/a.trl`], { env });
  expect(less.stderr).toMatch(/redirects from https to http/);
  const plain = await runTrapline(["inspect", shown.replace("http:", "https:")]);
  expect(plain.stderr).toMatch(/does not speak TLS/);
  await secure.stop();
});

it("refuses two that are shown alike", async () => {
  server.answer(well);
  const { status, stderr } = await runTrapline(["replay", `${shown}?versionId=1`, `${shown}?versionId=2`]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/differ only in what is not shown/);
  expect(statSync(trace).size).toBeGreaterThan(0);
});
