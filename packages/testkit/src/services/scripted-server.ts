import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** What a server that is no camera, or a sick one, does with its connections. */
const BEHAVIOURS = {
  /** Takes the connection and never says anything. */
  silent: () => undefined,
  /** Breaks the connection off at once. */
  resets: (socket) => socket.resetAndDestroy(),
  /** Answers as a web server does. */
  html: (socket) =>
    onRequest(socket, () => {
      const page = "<!DOCTYPE html><title>Router</title><h1>It works</h1>";
      socket.end(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`);
    }),
  /** Answers with bytes that mean nothing. */
  garbage: (socket) =>
    onRequest(socket, () => {
      socket.end(Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 193 + 71) % 256)));
    }),
  /** Stops in the middle of its first answer. */
  "half-answer": (socket) => onRequest(socket, (number) => socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${number}\r\nPubl`)),
  /** Says what it can do, and then nothing when it is asked for a stream. */
  "silent-at-describe": (socket) =>
    onRequest(socket, (number, method) => {
      if (method === "OPTIONS")
        socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${number}\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n`);
    }),
  /** Describes its stream, and then nothing when that is to be set up. */
  "silent-at-setup": (socket) => stagesUntil(socket, "SETUP"),
  /** Sets its stream up, and then nothing when that is to be played. */
  "silent-at-play": (socket) => stagesUntil(socket, "PLAY"),
  /** Says that it plays, and sends nothing. */
  "silent-when-playing": (socket) => stagesUntil(socket, undefined),
  /** Sends headers without an end. */
  "endless-headers": (socket) => drip(socket, "X-Camera: and so on\r\n".repeat(50), "RTSP/1.0 200 OK\r\n"),
  /** Answers byte by byte, and never comes to an end. */
  "byte-by-byte": (socket) => drip(socket, "x", "RTSP/1.0 200 OK\r\nX: "),
  /** Describes its stream with less than it announces. */
  "short-content": (socket) =>
    onRequest(socket, (number, method) => {
      if (method === "DESCRIBE") socket.write(describing(number, DESCRIPTION.length + 1_000));
      else socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${number}\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n`);
    }),
  /** Announces a description of 2 GB. */
  "huge-content": (socket) =>
    onRequest(socket, (number, method) => {
      if (method === "DESCRIBE") socket.write(describing(number, 2_000_000_000));
      else socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${number}\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n`);
    }),
  /** Wants another user name or password than it is given. */
  unauthorised: (socket) =>
    onRequest(socket, (number) => {
      socket.write(`RTSP/1.0 401 Unauthorized\r\nCSeq: ${number}\r\nWWW-Authenticate: Basic realm="camera"\r\n\r\n`);
    }),
} as const satisfies Readonly<Record<string, (socket: Socket) => void>>;

export type Behaviour = keyof typeof BEHAVIOURS;

/** A server on a loopback port that behaves badly in one chosen way. */
export class ScriptedServer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Behaves in one of the known ways, or as it is told for each connection. */
  static async listen(behaviour: Behaviour | ((socket: Socket) => void)): Promise<ScriptedServer> {
    const behave = typeof behaviour === "string" ? BEHAVIOURS[behaviour] : behaviour;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      behave(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ScriptedServer(server, sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }
}

const DESCRIPTION = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=camera",
  "t=0 0",
  "m=video 0 RTP/AVP 96",
  "c=IN IP4 0.0.0.0",
  "a=rtpmap:96 H264/90000",
  "a=fmtp:96 packetization-mode=1",
  "a=control:track",
  "",
].join("\r\n");

const describing = (number: string, length: number): string =>
  `RTSP/1.0 200 OK\r\nCSeq: ${number}\r\nContent-Type: application/sdp\r\nContent-Length: ${length}\r\n\r\n${DESCRIPTION}`;

/** A camera that plays nothing, and falls silent at a method. */
function stagesUntil(socket: Socket, silentAt: string | undefined): void {
  onRequest(socket, (number, method) => {
    if (method === silentAt) return;
    const answer = `RTSP/1.0 200 OK\r\nCSeq: ${number}\r\nSession: 1\r\n`;
    if (method === "DESCRIBE") socket.write(describing(number, DESCRIPTION.length));
    else if (method === "SETUP") socket.write(`${answer}Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n`);
    else socket.write(`${answer}Public: DESCRIBE, SETUP, PLAY\r\n\r\n`);
  });
}

/** Begins to answer the first request, and goes on so for ever. */
function drip(socket: Socket, text: string, beginning: string): void {
  socket.once("data", () => socket.write(beginning));
  const timer = setInterval(() => socket.writable && socket.write(text), 10);
  socket.once("close", () => clearInterval(timer));
}

/** Calls `answer` with the CSeq and the method of every request. */
function onRequest(socket: Socket, answer: (number: string, method: string) => void): void {
  socket.setEncoding("latin1").on("data", (text: string) => {
    answer(/CSeq: *(\d+)/i.exec(text)?.[1] ?? "1", text.split(" ", 1)[0] ?? "");
  });
}
