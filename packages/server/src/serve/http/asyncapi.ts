import { ASYNCAPI_NAMES, type AsyncApiName, asyncApi } from "@sensorium/protocol/asyncapi";
import type { FastifyInstance } from "fastify";
import { success } from "./replies.ts";

/** Where a socket protocol is served: at a path of the port that says it, or on a port of its own; null for nowhere. */
export type SocketPlace = { readonly path: string } | { readonly port: number } | null;

const AT = "/api/v1/asyncapi";

/**
 * The documents of the socket protocols, which say nothing of this server that is not in its published source, and a
 * list of them with where each protocol is served here.
 */
export function serveAsyncApi(app: FastifyInstance, placeOf: (name: AsyncApiName) => SocketPlace): void {
  for (const name of ASYNCAPI_NAMES) {
    app.get(`${AT}/${name}.json`, { config: { needs: "nothing" } }, () => asyncApi(name));
  }
  app.get(AT, { config: { needs: "somebody" } }, (request, reply) => {
    const protocols = ASYNCAPI_NAMES.map((name) => ({ name, document: `${AT}/${name}.json`, place: placeOf(name) }));
    return reply.header("cache-control", "no-store").send(success(request, { protocols }));
  });
}
