import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { detectorWorker } from "@sensorium/protocol/wire";
import { WebSocket } from "ws";

/** What a worker has sent: one of its messages, or why it is none. */
export type FromWorker =
  | { readonly ok: true; readonly message: detectorWorker.WorkerMessage; readonly atMs: number }
  | { readonly ok: false; readonly text: string; readonly problem: string };

/** How a backend connects. */
export interface WorkerClientOptions {
  /** An API key or a token, where the worker asks for one. */
  readonly token?: string | undefined;
}

const CONNECT_MS = 10_000;

/** The backend's side of a connection to a worker, ours or another. */
export class WorkerClient implements AsyncDisposable {
  /** Resolves, with its code, when the connection is over. */
  readonly closed: Promise<number>;
  /** What was wrong with messages that are none of the protocol. */
  readonly problems: string[] = [];
  readonly #socket: WebSocket;
  #unread: FromWorker[] = [];
  #wake: (() => void) | undefined;
  #isOver = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const received = readMessage(data.toString());
      if (!received.ok) this.problems.push(received.problem);
      this.#unread.push(received);
      this.#wake?.();
    });
    this.closed = new Promise((resolve) => {
      socket.once("close", (code) => {
        this.#isOver = true;
        this.#wake?.();
        resolve(code);
      });
    });
  }

  /** @throws SensoriumError when nobody answers there, or whoever does lets us not in. */
  static connect(url: string, { token }: WorkerClientOptions = {}): Promise<WorkerClient> {
    const { promise, resolve, reject } = Promise.withResolvers<WorkerClient>();
    const fail = (thrown: unknown): void => {
      reject(new SensoriumError("source-unreachable", `${url} cannot be reached: ${reasonOf(thrown)}`));
    };
    try {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const socket = new WebSocket(url, { headers, handshakeTimeout: CONNECT_MS });
      const client = new WorkerClient(socket);
      socket.on("error", fail);
      socket.once("open", () => resolve(client));
    } catch (thrown) {
      fail(thrown);
    }
    return promise;
  }

  get isOpen(): boolean {
    return !this.#isOver;
  }

  send(message: detectorWorker.BackendMessage | string): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Everything unread is forgotten, so that what comes next is an answer. */
  forget(): void {
    this.#unread = [];
  }

  /** What comes, in order, until the connection is over or the signal aborts. */
  async *messages(signal: AbortSignal): AsyncGenerator<FromWorker, void, undefined> {
    const wake = (): void => this.#wake?.();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        const next = this.#unread.shift();
        if (next) yield next;
        else if (this.#isOver) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  /** The first message of which `holds` is true within the time; others are passed over. Undefined when none comes. */
  async next<T extends detectorWorker.WorkerMessage>(
    holds: (message: detectorWorker.WorkerMessage) => message is T,
    withinMs: number,
  ): Promise<T | undefined> {
    for await (const received of this.messages(AbortSignal.timeout(withinMs))) {
      if (received.ok && holds(received.message)) return received.message;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close(1000);
    const cut = setTimeout(() => this.#socket.terminate(), 2_000);
    await this.closed;
    clearTimeout(cut);
  }
}

function readMessage(text: string): FromWorker {
  try {
    const parsed = detectorWorker.WorkerMessage.safeParse(JSON.parse(text));
    if (parsed.success) return { ok: true, message: parsed.data, atMs: performance.now() };
    const [issue] = parsed.error.issues;
    return { ok: false, text, problem: `${issue?.path.join(".") || "it"}: ${issue?.message ?? "unknown"}` };
  } catch (thrown) {
    return { ok: false, text, problem: reasonOf(thrown) };
  }
}
