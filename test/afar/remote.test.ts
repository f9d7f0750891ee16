/** A server that truncates, stalls and lies is either outdone, or named with what it did. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { openRemote } from "#src/afar/remote.js";
import { shownText, shownUrl } from "#src/afar/shown.js";
import { serveRanges, type Asked, type RangeServer } from "./range-server.js";

const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 31 + (at >> 8)) & 255));
let server: RangeServer;
beforeAll(async () => {
  server = await serveRanges(bytes);
});
afterAll(() => server.stop());

const quick = { stall: 150, pause: 1 };

async function readBack(): Promise<boolean> {
  const file = await openRemote(`${server.url}/a.trl`, quick);
  const [offset, length] = [70_000, 100_001];
  const read = await file.read(offset, length);
  return file.size === bytes.length && bytes.subarray(offset, offset + length).equals(read);
}

const head = ({ from, to, bytes: all }: Asked): Record<string, string> => ({
  "content-range": `bytes ${from}-${to}/${all.length}`,
  "content-length": String(to - from + 1),
});

const outdone: Readonly<Record<string, (asked: Asked) => void>> = {
  "does as it is asked": ({ well }) => well(),
  "cuts answers off": (asked) => {
    const { response, from, to, number } = asked;
    if (number > 6) {
      asked.well();
      return;
    }
    response.writeHead(206, head(asked));
    response.write(bytes.subarray(from, from + Math.ceil((to - from) / 2)), () => response.destroy());
  },
  "sends less than was asked for": ({ response, from, to }) => {
    const end = Math.min(to, from + 9_999);
    response.writeHead(206, { "content-range": `bytes ${from}-${end}/${bytes.length}` });
    response.end(bytes.subarray(from, end + 1));
  },
  stalls: (asked) => {
    if (asked.number % 2 === 1) asked.well();
    else {
      asked.response.writeHead(206, head(asked));
      asked.response.write(bytes.subarray(asked.from, asked.from + 5));
    }
  },
  "never answers at first": ({ number, well }) => {
    if (number % 3 === 2) well();
  },
  "is busy": ({ number, well, response }) => {
    if (number % 3 === 2) well();
    else response.writeHead(number % 3 === 1 ? 429 : 503).end();
  },
  "sends another range once": ({ number, well, response, from, to }) => {
    if (number % 2 === 1) well();
    else {
      response.writeHead(206, { "content-range": `bytes ${from + 1}-${to}/${bytes.length}` });
      response.end(bytes.subarray(from + 1, to + 1));
    }
  },
};

for (const [what, how] of Object.entries(outdone)) {
  it(`is read from a server that ${what}`, async () => {
    server.answer(how);
    expect(await readBack()).toBe(true);
  });
}

const named: readonly (readonly [string, (asked: Asked) => void, RegExp])[] = [
  ["ignores ranges", ({ response }) => response.writeHead(200).end(bytes), /the server ignores byte ranges/],
  ["has no such file", ({ response }) => response.writeHead(404).end(), /status 404/],
  ["wants a signature", ({ response }) => response.writeHead(403).end(), /may not be read.*status 403/],
  ["always fails", ({ response }) => response.writeHead(500).end(), /status 500, 5 times/],
  ["stalls for ever", () => undefined, /nothing came for 0.15 s, 5 times/],
  [
    "sends another range",
    ({ response, from, to }) => {
      response.writeHead(206, { "content-range": `bytes ${from + 4}-${to}/${bytes.length}` });
      response.end(bytes.subarray(from + 4, to + 1));
    },
    /other bytes than it was asked for/,
  ],
  [
    "sends more than it says",
    ({ response, from }) => {
      response.writeHead(206, { "content-range": `bytes ${from}-${from + 9}/${bytes.length}` });
      response.end(bytes.subarray(from, from + 20));
    },
    /sends more than it said/,
  ],
  [
    "does not say what it sends",
    ({ response }) => response.writeHead(206).end(bytes),
    /does not say which bytes/,
  ],
  [
    "packs what it sends",
    (asked) => {
      asked.response.writeHead(206, { ...head(asked), "content-encoding": "br" });
      asked.response.end("x");
    },
    /packs what it sends/,
  ],
  [
    "has another file the second time",
    (asked) => {
      if (asked.number === 0) asked.well();
      else asked.response.writeHead(412).end();
    },
    /has changed while it was read/,
  ],
  [
    "has a longer file the second time",
    (asked) => {
      if (asked.number === 0) asked.well();
      else {
        const { from, to } = asked;
        asked.response.writeHead(206, { "content-range": `bytes ${from}-${to}/${bytes.length + 1}` });
        asked.response.end(bytes.subarray(from, to + 1));
      }
    },
    /has changed while it was read/,
  ],
];

for (const [what, how, message] of named) {
  it(`is refused of a server that ${what}`, async () => {
    server.answer(how);
    await expect(readBack()).rejects.toThrow(message);
  });
}

it("sends what a URL holds of user and password as a header, and asks that the file be the same", async () => {
  const headers: Record<string, unknown>[] = [];
  server.answer(({ request, well }) => {
    headers.push(request.headers);
    well();
  });
  const file = await openRemote(`${server.url.replace("//", "//me:p%40ss@")}/a`, quick);
  await file.read(100_000, 10);
  const authorization = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
  expect(headers).toMatchObject([{ authorization }, { authorization, "if-match": '"one"' }]);
  expect(headers[0]).not.toHaveProperty("if-match");
});

it("shows a URL without what opens it", () => {
  expect(shownUrl("https://me:secret@host/a/b.trl?versionId=3&X-Amz-Signature=secret&sig=secret")).toBe(
    "https://host/a/b.trl",
  );
  const text = 'at http://me:secret@[::1]:80/a%20b.trl?sig=secret: no; "https://h/x?y=secret" http://h/plain';
  expect(shownText(text)).toBe(
    'at http://[::1]:80/a%20b.trl no; "https://h/x" http://h/plain'.replace(":80", ""),
  );
});
