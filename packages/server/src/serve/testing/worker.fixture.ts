import { readFileSync } from "node:fs";
import { silentLog } from "../../observe/log.ts";
import type { OpenBundle } from "../../worker/bundles.ts";
import { DetectorWorker, type WorkerOptions } from "../../worker/worker.ts";
import { HttpServer } from "../http/server.ts";
import { HandClock } from "./hand-clock.ts";
import { directoryOf } from "./scripted-camera.ts";
import { ScriptedBundle, ScriptedStreams, supervisorClock } from "./scripted-worker.ts";
import { type Message, TestClient } from "./test-client.ts";

/** Where the golden files of the worker protocol are. */
export const goldenFolder = new URL("../../../../protocol/src/detector-worker/v1/golden/", import.meta.url);

/** A golden file of the worker protocol. */
export const readGolden = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, goldenFolder), "utf8"));

/** The instant of the golden files. */
export const GOLDEN_MS = Date.UTC(2026, 2, 14, 9, 26, 53, 589);
/** The camera of the golden files. */
export const CAMERA = "rtsp://viewer:secret@192.0.2.10:554/stream1";
/** How long a backend that is gone may take to come back. */
export const GRACE_MS = 30_000;

/** A subscription to `CAMERA` with a bundle. */
export const subscription = (subscriptionIdentifier: string, fields: object = {}) => ({
  ...{ subscriptionIdentifier, rtspUrl: CAMERA, modelUrl: "forecourt.mpta", modelId: 101, modelName: "Forecourt" },
  ...fields,
});

/** The message that makes these all of a backend's subscriptions. */
export const listOf = (...subscriptions: object[]) => ({ type: "setSubscriptionList", subscriptions });

/** A worker over scripted cameras, on a port of its own, and its backends. */
export class WorkerFixture implements AsyncDisposable {
  readonly clock = new HandClock(GOLDEN_MS);
  readonly streams = new ScriptedStreams();
  readonly bundle = new ScriptedBundle();
  readonly worker: DetectorWorker;
  /** Addresses of the bundles that were opened. */
  readonly opened: string[] = [];
  /** How bundles are opened. */
  openBundle: OpenBundle = async () => this.bundle.loaded;
  readonly #cleanup = new AsyncDisposableStack();
  #http: HttpServer | undefined;
  #asked = 0;

  private constructor(options: Partial<WorkerOptions>) {
    this.worker = this.#cleanup.use(
      new DetectorWorker({
        ...{ streams: this.streams, clock: supervisorClock(this.clock), log: silentLog, now: () => this.clock.now() },
        openBundle: (modelUrl, signal) => {
          this.opened.push(modelUrl);
          return this.openBundle(modelUrl, signal);
        },
        act: async () => undefined,
        visits: { newId: () => "0d9ab5b2-6f0e-4c8e-9d3a-2f4f3f5b7c11" },
        ...{ maxStreams: 3, targetFps: 10, graceMs: GRACE_MS },
        ...options,
      }),
    );
  }

  static async open(options: Partial<WorkerOptions> = {}): Promise<WorkerFixture> {
    const fixture = new WorkerFixture(options);
    const { worker, clock } = fixture;
    fixture.#http = fixture.#cleanup.use(
      await HttpServer.listen({
        ...{ cameras: directoryOf(), log: silentLog, pageFolder: "/nowhere", port: 0, clock },
        worker: { worker, tokens: "never", usage: () => ({ cpu: 75.5, memory: 40.2, gpu: 60, gpuMemory: 25.1 }) },
      }),
    );
    return fixture;
  }

  get port(): number {
    return this.#http?.port ?? 0;
  }

  /** A backend that has been told nothing yet. */
  async connect(): Promise<TestClient> {
    return this.#cleanup.use(await TestClient.connect(`ws://127.0.0.1:${this.port}/`));
  }

  /** A backend that knows how the worker is. */
  async join(): Promise<TestClient> {
    const client = await this.connect();
    await client.next("stateReport");
    return client;
  }

  /** Resolves once everything sent before has been dealt with. */
  async dealtWith(client: TestClient): Promise<void> {
    const type = `asked-${++this.#asked}-times`;
    client.send({ type });
    await client.nextThat((message) => String(message.error).includes(type));
  }

  /** Lets time pass in steps, so that a client can keep up. */
  async pass(client: TestClient, ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10_000) {
      this.clock.advance(10_000);
      await this.dealtWith(client);
    }
  }

  /** The state once everything sent before has been dealt with. */
  async stateOf(client: TestClient): Promise<Message & { cameraConnections: Message[] }> {
    await this.dealtWith(client);
    client.drain("stateReport");
    client.send({ type: "requestState" });
    return (await client.next("stateReport")) as Message & { cameraConnections: Message[] };
  }

  /** What a client is subscribed to, once everything sent before has been dealt with. */
  async identifiers(client: TestClient): Promise<unknown[]> {
    return (await this.stateOf(client)).cameraConnections.map((each) => each.subscriptionIdentifier);
  }

  /** What the worker answers to whoever wants the picture of a subscription. */
  image(id: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}/camera/${encodeURIComponent(id)}/image`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync();
  }
}
