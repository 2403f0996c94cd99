import { ASYNCAPI_NAMES, asyncApi } from "@sensorium/protocol/asyncapi";
import type { FastifyInstance } from "fastify";

/** The documents of the socket protocols, which say nothing of this server that is not in its published source. */
export function serveAsyncApi(app: FastifyInstance): void {
  for (const name of ASYNCAPI_NAMES) {
    app.get(`/api/v1/asyncapi/${name}.json`, { config: { needs: "nothing" } }, () => asyncApi(name));
  }
}
