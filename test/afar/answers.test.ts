/** Answers of servers as RFC 9110 has them, and as it has not. */

import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkAnswer, type Learned } from "#src/afar/answer.js";
import { openRemote, type RemoteOptions } from "#src/afar/remote.js";
import { Again } from "#src/afar/trouble.js";
import { serveRanges, type Asked, type RangeServer } from "./range-server.js";

const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 37 + (at >> 7)) & 255));
let server: RangeServer;
let other: RangeServer;
beforeAll(async () => {
  server = await serveRanges(bytes);
  other = await serveRanges(bytes);
});
afterAll(async () => {
  await server.stop();
  await other.stop();
});

const quick: RemoteOptions = { stall: 300, pause: 1 };

async function readBack(url = `${server.url}/a.trl`, options = quick): Promise<boolean> {
  const file = await openRemote(url, options);
  const read = await file.read(70_000, 100_001);
  return file.size === bytes.length && bytes.subarray(70_000, 170_001).equals(read);
}

const head = ({ from, to }: Asked): Record<string, string> => ({
  "content-range": `bytes ${from}-${to}/${bytes.length}`,
  "content-length": String(to - from + 1),
});
const body = ({ from, to }: Asked): Buffer => bytes.subarray(from, to + 1);

/** Does so with every other request, beginning with the first, and well with the rest. */
const atFirst =
  (how: (asked: Asked) => void) =>
  (asked: Asked): void =>
    asked.number % 2 === 1 ? asked.well() : how(asked);

function drip({ response, from, to, ...asked }: Asked): void {
  response.writeHead(206, head({ response, from, to, ...asked }));
  let at = from;
  const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), 20);
  response.on("close", () => clearInterval(timer));
}

describe("reads from a server", () => {
  const outdone: readonly (readonly [what: string, how: (asked: Asked) => void, options?: RemoteOptions])[] =
    [
      [
        "ends each connection",
        ({ response, well }) => {
          response.setHeader("connection", "close");
          well();
        },
      ],
      ["resets connections", atFirst(({ request }) => request.socket.resetAndDestroy())],
      [
        "sends more than Content-Length says",
        atFirst((asked) => {
          const { response, from, to } = asked;
          const lines = Object.entries({ ...head(asked), "content-length": (to - from) >> 1 });
          const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
          response.socket?.write(`HTTP/1.1 206 Partial Content\r\n${text}\r\n`);
          response.socket?.write(body(asked));
        }),
      ],
      [
        "sends more than Content-Range says",
        atFirst((asked) => {
          asked.response.writeHead(206, {
            "content-range": `bytes ${asked.from}-${asked.to - 1}/${bytes.length}`,
          });
          asked.response.end(body(asked));
        }),
      ],
      ["does not speak HTTP", atFirst(({ request }) => request.socket.end("SSH-2.0-none\r\n"))],
      ["drips", atFirst(drip), { ...quick, leastRate: 1e6 }],
      [
        "has several dates beside one ETag",
        ({ response, number, well }) => {
          response.setHeader("last-modified", new Date(1e12 + 1e6 * number).toUTCString());
          well();
        },
      ],
      [
        "redirects to another host, which is not told the password",
        ({ request, response }) => {
          expect(request.headers.authorization).toBeDefined();
          response.writeHead(307, { location: `${other.url}/b?sig=other` }).end("elsewhere");
        },
      ],
      [
        "redirects within itself, by a path",
        ({ request, response, well }) => {
          expect(request.headers.authorization).toBeDefined();
          if (request.url === "/moved") well();
          else response.writeHead(302, { location: "/moved" }).end();
        },
      ],
    ];
  for (const [what, how, options] of outdone) {
    it(`that ${what}`, async () => {
      const others: unknown[] = [];
      other.answer(({ request, well }) => {
        others.push(request.headers.authorization, request.url);
        well();
      });
      server.answer(how);
      const url = `${server.url.replace("//", "//me:50%25%zz@")}/a.trl`;
      expect(await readBack(url, options)).toBe(true);
      const isElsewhere = what.includes("another host");
      expect(others).toEqual(isElsewhere ? [undefined, "/b?sig=other", undefined, "/b?sig=other"] : []);
    });
  }
});

/** The second time something else is there. */
const then =
  (headers: (number: number) => Record<string, string>) =>
  (asked: Asked): void =>
    void asked.response.writeHead(206, { ...head(asked), ...headers(asked.number) }).end(body(asked));

describe("refuses a server", () => {
  const named: readonly (readonly [string, (asked: Asked) => void, RegExp])[] = [
    ["had the file", ({ response }) => response.writeHead(410).end(), /is not there: .*status 410/],
    ["has an empty file", ({ response }) => response.writeHead(416).end(), /is empty/],
    [
      "has a shorter file the second time",
      ({ number, response, well }) => (number === 0 ? well() : response.writeHead(416).end()),
      /has changed while it was read/,
    ],
    ["has another weak ETag", then((number) => ({ etag: `W/"${number}"` })), /has changed while it was read/],
    ["has another ETag", then((number) => ({ etag: `"${number}"` })), /has changed while it was read/],
    [
      "has another date, and no ETag",
      then((number) => ({ "last-modified": new Date(1e12 + 1e6 * number).toUTCString() })),
      /has changed while it was read/,
    ],
    [
      "redirects in a circle",
      ({ response }) => response.writeHead(308, { location: "/a.trl" }).end(),
      /redirects more than 5 times/,
    ],
    [
      "redirects nowhere",
      ({ response }) => response.writeHead(301).end(),
      /redirects with status 301 and does not say where/,
    ],
    [
      "redirects to a file",
      ({ response }) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
      /redirects to file:/,
    ],
    [
      "does not know the length",
      (asked) => {
        const range = `bytes ${asked.from}-${asked.to}/*`;
        asked.response.writeHead(206, { ...head(asked), "content-range": range }).end(body(asked));
      },
      /does not say which bytes of how many/,
    ],
    [
      "sends several parts",
      ({ response }) =>
        response.writeHead(206, { "content-type": "multipart/byteranges; boundary=x" }).end("--x"),
      /does not say which bytes of how many/,
    ],
    ["packs by gzip", then(() => ({ "content-encoding": "gzip" })), /packs what it sends/],
    [
      "asks to come back in an hour",
      ({ response }) => response.writeHead(503, { "retry-after": "3600" }).end(),
      /status 503 and asks to wait for 3600 s/,
    ],
    [
      "sends a byte a request",
      (asked) => {
        const { from, response } = asked;
        response.writeHead(206, { "content-range": `bytes ${from}-${from}/${bytes.length}` });
        response.end(bytes.subarray(from, from + 1));
      },
      /sends 1 of 65536 bytes; then the server sends 1 of 65535 bytes/,
    ],
    ["drips for ever", drip, /it takes more than .* s/],
    ["is no HTTP at all", ({ request }) => request.socket.end("SSH-2.0-none\r\n"), /is not HTTP, 5 times/],
  ];
  for (const [what, how, message] of named) {
    it(`that ${what}`, async () => {
      server.answer(how);
      await expect(readBack(undefined, { ...quick, leastRate: 1e6 })).rejects.toThrow(message);
    });
  }

  it("that sends all of the file, of which no more is read than is on its way", async () => {
    let sent = 0;
    let closed: Promise<unknown> | undefined;
    server.answer(({ response }) => {
      closed = once(response, "close");
      const more = (): void => {
        while (response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.writeHead(200, { "content-length": 2 ** 40 }).on("drain", more);
      more();
    });
    await expect(readBack()).rejects.toThrow(/ignores byte ranges/);
    await closed;
    expect(sent).toBeLessThan(64 << 20);
  });

  it("that is not there, or nowhere", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const address = gone.address();
    gone.close();
    await once(gone, "close");
    const port = typeof address === "object" ? address?.port : 0;
    await expect(readBack(`http://127.0.0.1:${port}/a`)).rejects.toThrow(/nobody listens there, 5 times/);
    await expect(readBack("http://none.invalid/a")).rejects.toThrow(/no such host|cannot be looked up/);
  });
});

it("stops at once when it is told to", async () => {
  const control = new AbortController();
  server.answer(() => control.abort());
  await expect(readBack(undefined, { signal: control.signal })).rejects.toThrow(/^interrupted$/);
  // While it waits for another attempt, too.
  const later = new AbortController();
  server.answer(({ response }) => {
    response.writeHead(503, { "retry-after": "60" }).end(() => setTimeout(() => later.abort(), 20));
  });
  await expect(readBack(undefined, { signal: later.signal })).rejects.toThrow(/^interrupted$/);
});

it("waits as long as a server asks for", () => {
  const waits = (status: number, retryAfter: string): number | undefined => {
    const learned: Learned = {};
    try {
      checkAnswer(
        "http://h/a",
        { status, headers: new Headers({ "retry-after": retryAfter }) },
        [0, 9],
        learned,
      );
    } catch (error) {
      return error instanceof Again ? error.after : undefined;
    }
    return undefined;
  };
  expect(waits(429, "7")).toBe(7_000);
  expect(waits(503, "61")).toBe(undefined);
  expect(waits(503, "soon")).toBe(0);
  expect(waits(503, "Thu, 01 Jan 2015 00:00:00 GMT")).toBe(0);
  const date = waits(503, new Date(Date.now() + 30_000).toUTCString());
  expect(date).toBeGreaterThan(20_000);
  expect(date).toBeLessThanOrEqual(30_000);
});

it("reads by an IPv6 address", async (context) => {
  const found = await serveRanges(bytes, { host: "::1" }).catch(() => undefined);
  if (found === undefined) {
    context.skip("this machine has no IPv6");
    return;
  }
  expect(await readBack(`${found.url}/a%20b.trl`)).toBe(true);
  await found.stop();
});
