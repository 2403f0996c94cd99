import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers one request; `number` counts them from one. */
export type Answer = (request: IncomingMessage, response: ServerResponse, number: number) => void;

/** A web server on a loopback port that answers as it is told, for cameras and their moods. */
export class WebServer implements AsyncDisposable {
  readonly port: number;
  /** The most requests that were under way at a time. */
  busiest = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async listen(answer: Answer): Promise<WebServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const web = new WebServer(server);
    web.#serve(answer);
    return web;
  }

  /** The address of a path, with `user:password` where it is given. */
  url(path: string, credentials?: string): string {
    return `http://${credentials ? `${credentials}@` : ""}127.0.0.1:${this.port}${path}`;
  }

  /** Connections that are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  #serve(answer: Answer): void {
    let number = 0;
    let open = 0;
    this.#server.on("request", (request, response) => {
      this.busiest = Math.max(this.busiest, ++open);
      response.once("close", () => open--);
      answer(request, response, ++number);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
