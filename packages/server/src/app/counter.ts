import type { CounterConfig } from "../config/config.ts";
import type { CameraDirectory, CameraView } from "../pipeline/camera-view.ts";
import { CounterServer } from "../serve/counter/server.ts";
import { type Guard, tokensBy } from "./guard.ts";
import type { Opening } from "./opening.ts";

/** The people counter's port: it serves one camera, and which one may change while it runs. */
export class CounterPort implements AsyncDisposable {
  readonly #opening: Pick<Opening, "config" | "log">;
  readonly #guard: Guard;
  #served: { readonly camera: CameraView; readonly server: CounterServer } | undefined;

  constructor(opening: Pick<Opening, "config" | "log">, guard: Guard) {
    this.#opening = opening;
    this.#guard = guard;
  }

  /** Undefined while it serves nothing. */
  get port(): number | undefined {
    return this.#served?.server.port;
  }

  /** Serves the camera that is configured now; the first when none is. Who is connected stays with one that stays. */
  async become({ camera: id, enabled }: CounterConfig, cameras: CameraDirectory): Promise<void> {
    const camera = id === undefined ? cameras.list()[0] : cameras.get(id);
    if (camera === this.#served?.camera) return;
    await this[Symbol.asyncDispose]();
    if (camera && enabled) this.#served = { camera, server: await this.#listen(camera) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#served?.server[Symbol.asyncDispose]();
    this.#served = undefined;
  }

  #listen(camera: CameraView): Promise<CounterServer> {
    const { config, log } = this.#opening;
    const { host, port, hosts, origins, streamQuality: quality, auth } = config.counter;
    const { tls } = this.#guard;
    const tokens = tokensBy(auth, this.#guard);
    return CounterServer.listen({
      ...{ camera, zone: config.reset.zone, log, quality },
      ...{ tokens, tls, host, port, hosts, origins },
    });
  }
}
