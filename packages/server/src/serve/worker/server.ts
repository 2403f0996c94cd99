import { detectorWorker } from "@sensorium/protocol/wire";
import type { Log } from "../../observe/log.ts";
import type { Usage } from "../../observe/usage.ts";
import type { Backend } from "../../worker/backend.ts";
import type { DetectorWorker } from "../../worker/worker.ts";
import type { ServeClock } from "../clock.ts";
import { Connections, type Session } from "../connections.ts";
import { jsonMessage, type Outbox, type OutboxLimits } from "../outbox.ts";
import type { Guest, Handshake } from "../upgrade.ts";

/** What the worker's protocol needs. */
export interface WorkerServerOptions {
  readonly worker: DetectorWorker;
  /** How busy the machine is. */
  readonly usage: () => Usage;
  readonly clock: ServeClock;
  readonly log: Log;
  readonly limits: OutboxLimits;
  readonly maxClients: number;
}

/** The detector worker's protocol for backends; whoever owns the port hands it the handshakes. */
export class WorkerServer implements AsyncDisposable {
  readonly #options: WorkerServerOptions;
  readonly #connections: Connections;
  readonly #backends = new Map<Backend, Outbox>();
  readonly #reporting: Disposable;
  #usage: Usage;

  constructor(options: WorkerServerOptions) {
    this.#options = options;
    this.#usage = options.usage();
    this.#connections = new Connections({
      ...options,
      maxTextBytes: detectorWorker.MAX_MESSAGE_BYTES,
      maxMessageBytes: detectorWorker.MAX_MESSAGE_BYTES,
      open: (outbox) => this.#open(outbox),
      complain: (error) => messageOf({ type: "error", error }),
    });
    this.#reporting = options.clock.every(detectorWorker.STATE_REPORT_MS, () => this.#reportToAll());
  }

  /** Completes the handshake of a backend that may come in; without a `guest` it may stay for ever. */
  upgrade(handshake: Handshake, guest?: Guest): void {
    this.#connections.upgrade(handshake, guest);
  }

  /** Closes every client with 1001. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#reporting[Symbol.dispose]();
    await this.#connections[Symbol.asyncDispose]();
  }

  #open(outbox: Outbox): Session {
    const backend = this.#options.worker.connect((message) => outbox.send(messageOf(message)));
    this.#backends.set(backend, outbox);
    this.#report(backend, outbox);
    return {
      receive: (text) => this.#receive(text, { backend, outbox }),
      end: () => {
        this.#backends.delete(backend);
        backend.end();
      },
    };
  }

  #receive(text: string, { backend, outbox }: { readonly backend: Backend; readonly outbox: Outbox }): void {
    const { log } = this.#options;
    const parsed = detectorWorker.parseBackendMessage(text);
    for (const refused of parsed.ok ? parsed.refused : [parsed.error]) {
      log.warn({ subscription: refused.subscriptionIdentifier, reason: refused.error }, "a backend asks in vain");
      outbox.send(messageOf(refused));
    }
    if (!parsed.ok) return;
    const { message } = parsed;
    if (message.type === "requestState") this.#report(backend, outbox);
    else if (message.type === "patchSessionResult") this.#notePatch(message.payload);
    else backend.receive(message);
  }

  #notePatch({ sessionId, success, message: reason }: detectorWorker.PatchSessionResultMessage["payload"]): void {
    if (!success) this.#options.log.warn({ sessionId, reason }, "a backend has not patched a session");
  }

  #reportToAll(): void {
    this.#usage = this.#options.usage();
    for (const [backend, outbox] of this.#backends) this.#report(backend, outbox);
  }

  #report(backend: Backend, outbox: Outbox): void {
    const { cpu, memory, gpu, gpuMemory } = this.#usage;
    outbox.send(
      messageOf({
        type: "stateReport",
        ...{ cpuUsage: cpu, memoryUsage: memory, gpuUsage: gpu, gpuMemoryUsage: gpuMemory },
        cameraConnections: backend.connections(),
      }),
    );
  }
}

const messageOf = (message: detectorWorker.WorkerMessage) => jsonMessage(message);
