/** A trace by http(s)://: the bytes of a local run, from the ranges that it needs. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mostGap } from "#src/afar/copy.js";
import { joined, without, type Interval } from "#src/afar/intervals.js";
import { sliceOf } from "#src/replay/part.js";
import { readPlan } from "#src/replay/plan-file.js";
import { preludeFields } from "#src/trace/prelude.js";
import { openTrace } from "#src/trace/reader.js";
import { writeSynthetic } from "../../bench/synthetic.js";
import { outputOf, refusal, runTrapline, temporaryFolder } from "../cli/program.js";
import { serveRanges, type RangeServer } from "./range-server.js";

const folder = temporaryFolder();
const trace = join(folder, "a.trl");
let server: RangeServer;
let url = "";

beforeAll(async () => {
  writeSynthetic(trace, { seed: 3, events: 3_000_000, vcpus: 2, length: 12, writes: 3, distinct: 400 });
  server = await serveRanges(readFileSync(trace));
  url = `${server.url}/lab/a.trl`;
});
afterAll(() => server.stop());

/** What a local run prints, of a trace under the URL's name. */
const local = (...words: readonly string[]): string =>
  outputOf(["replay", trace, "--json", ...words]).replaceAll(JSON.stringify(trace), JSON.stringify(url));

async function afar(words: readonly string[], name = url): Promise<string> {
  const { status, stdout, stderr } = await runTrapline(["replay", name, "--json", ...words]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

/** Bytes that were asked for: each once, though every thread reads the head. */
function asked(): number {
  let [sum, end] = [0, 0];
  for (const [from, to] of server.asked.toSorted(([a], [b]) => a - b)) {
    sum += Math.max(0, to + 1 - Math.max(from, end));
    end = Math.max(end, to + 1);
  }
  return sum;
}

it("gives the bytes of a local run and reads windows alone, where these are all it needs", async () => {
  server.answer(({ well }) => well());
  expect(await afar(["-p", "eager,dirty-each"])).toBe(local("-p", "eager,dirty-each"));
  const { bytes } = openTrace(trace);
  expect(asked()).toBeLessThan(bytes / 2);
});

it("gives them in threads, with all events, and under a signed name that is not shown", async () => {
  const small = join(folder, "small.trl");
  writeSynthetic(small, { seed: 4, events: 300_000, vcpus: 2, length: 12, writes: 3, distinct: 400 });
  const other = await serveRanges(readFileSync(small));
  const words = ["-p", "eager,oracle", "-j", "2", "--shard-timeout", "50", "--shard-windows", "5000"];
  const text = await afar(words, `${other.url}/lab/a.trl?X-Amz-Signature=hidden`);
  await other.stop();
  const here = outputOf(["replay", small, "--json", ...words]);
  expect(text).toBe(here.replaceAll(JSON.stringify(small), JSON.stringify(`${other.url}/lab/a.trl`)));
});

it("reads the ranges of its own slice, and merges", async () => {
  server.answer(({ well }) => well());
  const plan = join(folder, "plan.json");
  outputOfNothing(await runTrapline(["plan", url, "--shard-windows", "60000", "-o", plan]));
  const parts: string[] = [];
  const sizes: number[] = [];
  const { windowIndex, bytes } = openTrace(trace);
  const { headerOffset } = preludeFields(readFileSync(trace));
  const read = readPlan(plan);
  for (const slice of ["1/3", "2/3", "3/3"]) {
    server.answer(({ well }) => well());
    const part = join(folder, `part-${slice[0]}.json`);
    outputOfNothing(await runTrapline(["replay", "--plan", plan, "--shard", slice, "-o", part, "-j", "1"]));
    parts.push(part);
    sizes.push(asked());
    // What was asked for beside the head and the slice's own blocks lies between two of these, and is short.
    const own = sliceOf(read, Number(slice[0]), 3);
    let before = 0;
    const blocks = [...(windowIndex?.blocks ?? [])].filter((block) => {
      const [first, end] = [before, (before += block.windows)];
      return own.some((shard) => shard.first < end && first < shard.end);
    });
    expect(blocks.length).toBeLessThan(windowIndex?.blocks.length ?? 0);
    const wanted = [...blocks, ...(windowIndex?.dictionaries ?? [])].map((row): Interval => [
      row.offset,
      row.offset + row.bytes,
    ]);
    const ranges = server.asked.map(([from, to]): Interval => [from, to + 1]);
    const beside = without(ranges, joined([[0, 65_536], [headerOffset, bytes], ...wanted]));
    expect(beside.filter(([from, to]) => to - from > mostGap)).toEqual([]);
    expect(server.sent()).toBeLessThan(bytes / 2);
  }
  const merged = await runTrapline(["merge", ...parts, "--json"]);
  expect(merged).toEqual({ status: 0, stderr: "", stdout: local() });
  server.answer(({ well }) => well());
  await afar([]);
  const whole = asked();
  for (const size of sizes) expect(size).toBeLessThan(whole);
});

function outputOfNothing(finished: { readonly status: number | null; readonly stderr: string }): void {
  expect(finished).toMatchObject({ status: 0, stderr: "" });
}

it("finds that a server sends other bytes than were written", async () => {
  const { windowIndex } = openTrace(trace);
  const offset = windowIndex?.blocks.row(0).offset ?? 0;
  server.answer(({ response, bytes, from, to }) => {
    const lie = Buffer.from(bytes.subarray(from, to + 1));
    if (from <= offset + 40 && offset + 40 <= to) lie[offset + 40 - from] ^= 16;
    response.writeHead(206, { "content-range": `bytes ${from}-${to}/${bytes.length}` }).end(lie);
  });
  expect(await runTrapline(["replay", url, "-p", "eager,dirty-each"])).toEqual(
    refusal(1, /a\.trl: .*checksum.*byte \d+/),
  );
});

it("reads again what was changed on the way, once", async () => {
  const { windowIndex } = openTrace(trace);
  const offset = (windowIndex?.blocks.row(0).offset ?? 0) + 40;
  for (const words of [[], ["-j", "2", "--shard-timeout", "50"]]) {
    let lies = 0;
    server.answer((question) => {
      const { response, bytes, from, to, well } = question;
      if (from > offset || to < offset || lies++ > 0) {
        well();
        return;
      }
      const lie = Buffer.from(bytes.subarray(from, to + 1));
      lie[offset - from] ^= 16;
      response.writeHead(206, { "content-range": `bytes ${from}-${to}/${bytes.length}` }).end(lie);
    });
    expect(await afar(["-p", "eager,dirty-each", ...words])).toBe(local("-p", "eager,dirty-each", ...words));
    expect(lies).toBeGreaterThan(1);
  }
});

it("notices that the file is another one by now", async () => {
  const other = Buffer.from(readFileSync(trace));
  other[other.length - 5] ^= 1;
  let count = 0;
  server.answer((question) => {
    const { response, bytes, from, to } = question;
    const isNew = count++ > 1;
    if (isNew && question.request.headers["if-match"] === '"old"') {
      response.writeHead(412).end();
      return;
    }
    response.writeHead(206, {
      "content-range": `bytes ${from}-${to}/${bytes.length}`,
      etag: isNew ? '"new"' : '"old"',
    });
    response.end((isNew ? other : bytes).subarray(from, to + 1));
  });
  expect(await runTrapline(["replay", url])).toEqual(refusal(1, /a\.trl: has changed while it was read/));
});

it("refuses another trace than was planned, from a server that says nothing of it", async () => {
  server.answer(({ well }) => well());
  const plan = join(folder, "stale.json");
  outputOfNothing(await runTrapline(["plan", url, "-o", plan]));
  const small = join(folder, "other.trl");
  writeSynthetic(small, { seed: 5, events: 100_000, vcpus: 2, length: 12, writes: 3, distinct: 400 });
  const other = readFileSync(small);
  server.answer(({ request, response }) => {
    const [from, to] = /\d+-\d+/
      .exec(request.headers.range ?? "")?.[0]
      .split("-")
      .map(Number) ?? [0, 0];
    const piece = other.subarray(from, to + 1);
    const range = `bytes ${from}-${from + piece.length - 1}/${other.length}`;
    response.writeHead(206, { "content-range": range }).end(piece);
  });
  expect(await runTrapline(["replay", "--plan", plan])).toEqual(
    refusal(1, /a\.trl: has changed since the replay was planned/),
  );
});

it("refuses a server that ignores ranges, what is no trace, and a command that reads no URL", async () => {
  server.answer(({ response, bytes }) => response.writeHead(200).end(bytes));
  expect(await runTrapline(["replay", `${url}?sig=hidden`])).toEqual(
    refusal(1, /lab\/a\.trl: cannot be read in parts: the server ignores byte ranges/),
  );
  server.answer(({ response }) => {
    response.writeHead(206, { "content-range": "bytes 0-99/100" }).end(Buffer.alloc(100, 7));
  });
  expect(await runTrapline(["replay", url])).toEqual(refusal(1, /is not a trapline trace/));
  expect(await runTrapline(["check", url])).toEqual(refusal(2, /reads no traces by http/));
});

it("reads a manifest's files as it did: URLs are for the command line", async () => {
  const manifest = join(folder, "list.json");
  writeFileSync(manifest, JSON.stringify([url]));
  const { status } = await runTrapline(["replay", "--manifest", manifest]);
  expect(status).not.toBe(0);
});
