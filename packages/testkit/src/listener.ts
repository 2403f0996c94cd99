import { once } from "node:events";
import WebSocket from "ws";

type Message = Readonly<Record<string, unknown>> & { readonly type?: string };

/** A client that remembers every text message and lets a test wait for one. */
export class Listener implements Disposable {
  readonly messages: Message[] = [];
  readonly pictures: Buffer[] = [];
  readonly socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data, binary) => {
      if (binary) this.pictures.push(data as Buffer);
      else this.messages.push(JSON.parse(String(data)) as Message);
      this.#wake();
    });
    socket.on("close", () => this.#wake());
  }

  static async connect(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Listener> {
    const socket = new WebSocket(url, { headers });
    const listener = new Listener(socket);
    await once(socket, "open");
    return listener;
  }

  send(message: object | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  of(type: string): readonly Message[] {
    return this.messages.filter((message) => message.type === type);
  }

  /** The first message for which `wanted` holds, whether it has come already or comes yet. */
  async find(wanted: (message: Message) => boolean): Promise<Message> {
    await this.until(() => this.messages.some(wanted));
    const found = this.messages.find(wanted);
    if (!found) throw new Error("unreachable");
    return found;
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.socket.readyState >= WebSocket.CLOSING) throw new Error("the connection was closed");
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

/** The page's port of a server, and the headers by which it lets clients in. */
interface PagePort {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Watches the first camera of a server through the page's own protocol. */
export async function watchPage(page: PagePort, options: { readonly pictures: boolean }): Promise<Listener> {
  const listener = await Listener.connect(`ws://127.0.0.1:${page.port}/live/v1`, page.headers);
  const { cameras } = (await listener.find(({ type }) => type === "cameras")) as unknown as {
    cameras: { id: string }[];
  };
  listener.send({ type: "watch", camera: cameras[0]?.id, pictures: options.pictures });
  return listener;
}
