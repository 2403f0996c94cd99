import { live } from "@sensorium/protocol/wire";
import type { Session } from "../connections.ts";
import { jsonMessage, type Outbox } from "../outbox.ts";

/** The cameras that a page may see. */
export interface SeenCameras {
  list(): live.CamerasMessage;
  /** Sends what a camera shows to the page for as long as it may see it; null when it sees none of this id. */
  watch(request: live.WatchRequest): Disposable | null;
}

/** One page: which cameras it watches. */
export class LiveSession implements Session {
  readonly #outbox: Outbox;
  readonly #cameras: SeenCameras;
  readonly #watches = new Map<string, Disposable>();
  #listed = "";

  constructor(outbox: Outbox, cameras: SeenCameras) {
    this.#outbox = outbox;
    this.#cameras = cameras;
    this.tellCameras();
  }

  /** Sends the list of cameras when it differs from the one sent last. */
  tellCameras(): void {
    const list = this.#cameras.list();
    const text = JSON.stringify(list);
    if (text !== this.#listed) this.#outbox.offer("cameras", jsonMessage(list));
    this.#listed = text;
  }

  receive(text: string): void {
    const request = parse(text);
    if (typeof request === "string") this.#complain(request);
    else if (request.type === "unwatch") this.#unwatch(request.camera);
    else this.#watch(request);
  }

  end(): void {
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
    this.#watches.clear();
  }

  #watch(request: live.WatchRequest): void {
    // The new watch starts before the old one ends, so that what both need goes on without a break.
    const watch = this.#cameras.watch(request);
    if (!watch) {
      this.#complain(`No camera has the id ${JSON.stringify(request.camera)}`);
      return;
    }
    this.#unwatch(request.camera);
    this.#watches.set(request.camera, watch);
  }

  #unwatch(camera: string): void {
    this.#watches.get(camera)?.[Symbol.dispose]();
    this.#watches.delete(camera);
  }

  #complain(message: string): void {
    this.#outbox.send(jsonMessage({ type: "error", message } satisfies live.ErrorMessage));
  }
}

/** The request in `text`, or a sentence that says why there is none. */
function parse(text: string): live.ClientRequest | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "This message is not JSON";
  }
  const parsed = live.ClientRequest.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `This message is not understood: ${issue?.path.join(".") || "it"} – ${issue?.message ?? "unknown"}`;
}
