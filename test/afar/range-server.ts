import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";

/** One answer of a server, as it should be; a fault may answer instead. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly bytes: Buffer;
  readonly from: number;
  /** Of the last byte that was asked for and is there. */
  readonly to: number;
  /** Requests before this one. */
  readonly number: number;
  readonly well: () => void;
}

export interface RangeServer {
  readonly url: string;
  /** Ranges that were asked for. */
  readonly asked: (readonly [number, number])[];
  /** Bytes of bodies that were sent as they should be, since `answer`. */
  sent(): number;
  /** Answers from now on. */
  answer(how: (asked: Asked) => void): void;
  stop(): Promise<void>;
}

/** Serves bytes in ranges under any path. */
export async function serveRanges(
  bytes: Buffer,
  { host = "127.0.0.1", tls }: { readonly host?: string; readonly tls?: ServerOptions } = {},
): Promise<RangeServer> {
  const asked: (readonly [number, number])[] = [];
  let sent = 0;
  let how = ({ well }: Asked): void => well();
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    const from = Number(match?.[1]);
    const to = Math.min(Number(match?.[2]), bytes.length - 1);
    const number = asked.length;
    asked.push([from, to]);
    const well = (): void => {
      response.writeHead(206, {
        "content-range": `bytes ${from}-${to}/${bytes.length}`,
        "content-length": to - from + 1,
        etag: '"one"',
      });
      sent += to - from + 1;
      response.end(bytes.subarray(from, to + 1));
    };
    how({ request, response, bytes, from, to, number, well });
  };
  const server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    asked,
    sent: () => sent,
    answer(other) {
      how = other;
      asked.length = 0;
      sent = 0;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
