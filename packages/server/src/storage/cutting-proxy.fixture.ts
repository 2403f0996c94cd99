import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** How many bytes the first connection may carry towards the server and back before it breaks. */
export interface Cut {
  readonly up: number;
  readonly down: number;
}

export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** What the first connection has carried. */
  readonly carried: { readonly up: number; readonly down: number };
}

/** Stands before a server on a loopback port and breaks its first connection at an exact byte, without a goodbye. */
export async function cuttingProxy(serverPort: number, cut: Cut): Promise<CuttingProxy> {
  const carried = { up: 0, down: 0 };
  const sockets = new Set<Socket>();
  let first = true;
  const proxy = createServer((client) => {
    const server = connect(serverPort, "127.0.0.1");
    const breakBoth = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) sockets.add(socket.on("error", breakBoth).on("close", breakBoth));
    const carry = (from: Socket, to: Socket, way: "up" | "down" | undefined): void => {
      from.on("data", (bytes: Buffer) => {
        const room = way ? cut[way] - carried[way] : Number.POSITIVE_INFINITY;
        if (way) carried[way] += bytes.length;
        if (bytes.length < room) to.write(bytes);
        else to.write(bytes.subarray(0, room), breakBoth);
      });
    };
    carry(client, server, first ? "up" : undefined);
    carry(server, client, first ? "down" : undefined);
    first = false;
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await once(proxy, "close");
  };
  return { port: (proxy.address() as AddressInfo).port, carried, [Symbol.asyncDispose]: close };
}
