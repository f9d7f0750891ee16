import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to a port that can be cut. */
export interface Proxy {
  readonly url: string;
  /** Ends all connections, and takes none until it is mended. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

export async function proxyTo(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    for (const each of [near, far]) {
      sockets.add(each);
      each.on("error", () => undefined);
      each.on("close", () => {
        sockets.delete(each);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = (): void => {
    isCut = true;
    for (const each of sockets) each.destroy();
  };
  return {
    url: `redis://127.0.0.1:${address.port}`,
    cut,
    mend: () => (isCut = false),
    async stop() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
