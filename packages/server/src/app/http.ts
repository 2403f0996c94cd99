import { fileURLToPath } from "node:url";
import { ActionLog } from "../actions/index.ts";
import type { InferencePool } from "../models/onnx/pool.ts";
import type { ConfigControl } from "../serve/http/configuration.ts";
import { HttpServer } from "../serve/http/server.ts";
import { openWorker } from "../worker/open.ts";
import { type ApiParts, apiOf } from "./api.ts";
import type { CounterPort } from "./counter.ts";
import { type Guard, tokensBy } from "./guard.ts";
import type { Opening } from "./opening.ts";

const PAGE_FOLDER = fileURLToPath(new URL("../../../../apps/dashboard/dist", import.meta.url));

/** What the main port serves, and to whom. */
export interface HttpParts extends Omit<ApiParts, "encrypted"> {
  readonly inference: InferencePool;
  readonly guard: Guard;
  /** By which clients change the configuration; without it they cannot. */
  readonly control: ConfigControl | undefined;
  /** Told to whoever looks for the people counter. */
  readonly counter: CounterPort;
}

/** Listens on the main port. The worker is there whether or not it is served: it closes after the port. */
export async function openHttp(opening: Opening, httpParts: HttpParts): Promise<HttpServer> {
  const { config, log, parts } = opening;
  const { inference, guard, recording, sensing, control, counter } = httpParts;
  const { auth, trail, tls } = guard;
  const actions = parts.use(await ActionLog.open({ records: recording.store.actions, log }));
  const { streams, cameras } = sensing;
  const means = { streams, models: inference, actions, cacheFolder: config.modelCache, log };
  const worker = parts.use(openWorker(config.worker, means));
  const { host, port, hosts, origins, rateLimits } = config.server;
  const api = apiOf({ ...httpParts, encrypted: tls !== undefined });
  return parts.use(
    await HttpServer.listen({
      ...{ cameras, log, pageFolder: PAGE_FOLDER, host, port, hosts, origins, rateLimits, tls, trail, control },
      ...(config.server.auth === "token" && { auth }),
      store: () => recording.health,
      actions: () => actions.health(),
      inference,
      refusedActions: (limit) => recording.store.actions.refusedActions({ limit }),
      counterPort: () => counter.port,
      worker: config.worker.enabled ? { worker, tokens: tokensBy(config.worker.auth, guard) } : undefined,
      ...{ api, streaming: { source: api.sensing } },
    }),
  );
}
