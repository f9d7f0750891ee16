import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

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
  /** Answers from now on. */
  answer(how: (asked: Asked) => void): void;
  stop(): Promise<void>;
}

/** Serves bytes in ranges under any path. */
export async function serveRanges(bytes: Buffer): Promise<RangeServer> {
  const asked: (readonly [number, number])[] = [];
  let how = ({ well }: Asked): void => well();
  const server = createServer((request, response) => {
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
      response.end(bytes.subarray(from, to + 1));
    };
    how({ request, response, bytes, from, to, number, well });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    answer(other) {
      how = other;
      asked.length = 0;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
