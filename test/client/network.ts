import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** The network between a client and a server, which can break. */
export class Network implements AsyncDisposable {
  /** Where the server is now. */
  port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How many connections it has carried. */
  connections = 0;

  private constructor(port: number) {
    this.port = port;
    this.#server = createServer((client) => this.#carry(client));
  }

  static async open(port: number): Promise<Network> {
    const network = new Network(port);
    network.#server.listen(0, "127.0.0.1");
    await once(network.#server, "listening");
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks every connection at once; what is under way is lost. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #carry(client: Socket): void {
    this.connections++;
    const server = connect(this.port, "127.0.0.1");
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("error", () => undefined);
      from.once("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
