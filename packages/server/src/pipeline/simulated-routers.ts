import type { RouterEvent } from "@sensorium/protocol";
import { routersAt } from "../sources/simulated/routers.ts";
import { newEventId } from "./event-id.ts";

/** What the routers of a simulated room are watched for. */
export interface SimulatedRoutersOptions {
  readonly seed: number;
  readonly environment: string;
  /** When the room opened, in Unix milliseconds. */
  readonly openedMs: number;
}

/** Tells which routers of a simulated room fall silent, and come back. */
export class SimulatedRouters {
  readonly #options: SimulatedRoutersOptions;
  /** By router: since when it has been silent. */
  readonly #silent = new Map<string, number>();

  constructor(options: SimulatedRoutersOptions) {
    this.#options = options;
  }

  /** What has changed until now. */
  step(nowMs: number): RouterEvent[] {
    const { seed, openedMs } = this.#options;
    const seconds = (nowMs - openedMs) / 1000;
    return routersAt(seed, seconds).flatMap(({ id, silentSince }) => {
      const before = this.#silent.get(id);
      if (silentSince !== null && before === undefined) {
        this.#silent.set(id, silentSince);
        return [this.#event(id, { state: "offline", since: silentSince, nowMs })];
      }
      if (silentSince !== null || before === undefined) return [];
      this.#silent.delete(id);
      return [this.#event(id, { state: "online", since: before, nowMs })];
    });
  }

  #event(
    router: string,
    { state, since, nowMs }: { readonly state: RouterEvent["state"]; readonly since: number; readonly nowMs: number },
  ): RouterEvent {
    const { environment, openedMs } = this.#options;
    const message = state === "online" ? "The router is heard again" : "The router has fallen silent; it is looked for";
    const lastHeardMs = state === "online" ? nowMs : Math.round(openedMs + 1000 * since);
    return {
      ...{ id: newEventId(nowMs), environment, wallMs: nowMs, simulated: true, type: "router", router, state, message },
      lastHeardMs,
      attempts: state === "online" ? 0 : 1,
    };
  }
}
