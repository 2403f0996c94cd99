import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import type { Log } from "../../observe/log.ts";
import { type AccessRules, allowsHost } from "../access.ts";
import { admit, type Gate } from "../auth/gate.ts";
import type { Need, Principal, Refusal } from "../auth/principal.ts";
import { pathOf } from "../upgrade.ts";
import { failure } from "./replies.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the route needs of whoever asks; a server with a route that does not say it does not start. */
    readonly needs?: Need;
    /** Who decides that; the port's own gate when absent. */
    readonly gate?: Gate;
  }
  interface FastifyRequest {
    /** Who asks; null where nothing is needed. */
    principal: Principal | null;
  }
}

/** The page needs nothing from elsewhere and nobody else may embed it, or a camera's picture. */
const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Refuses requests for other host names and puts the security headers on every reply. */
export function guardRequests(
  app: FastifyInstance,
  options: { readonly access: AccessRules; readonly log: Log },
): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const { host } = request.headers;
    if (allowsHost(host, options.access)) return;
    options.log.warn({ host, setting: "hosts" }, "a request for an unknown host name was refused");
    return reply.code(403).send(failure(request, "AUTHORIZATION_ERROR", "This server has no such host name"));
  });
}

/** One route of the running server. */
export interface GuardedRoute {
  readonly method: string;
  readonly url: string;
  readonly needs: Need;
}

const DOOR = { socket: false, page: true };

/**
 * Lets requests through the gate as their routes declare, before anything else of them is read. The returned table
 * fills as routes are added, and is complete once the server is ready.
 */
export function guardRoutes(app: FastifyInstance, options: { readonly gate: Gate; readonly log: Log }) {
  const declared: RouteOptions[] = [];
  app.decorateRequest("principal", null);
  app.addHook("onRoute", (route) => void declared.push(route));
  app.addHook("onReady", async () => void tableOf(declared));
  app.addHook("onRequest", async (request, reply) => {
    const { needs, gate = options.gate } = request.routeOptions.config;
    if (needs === "nothing" || request.is404) return;
    if (needs === undefined) throw new Error("a route that does not say what it needs");
    const answer = await admit(gate, request.raw, { door: DOOR, need: needs });
    if (answer.ok) {
      request.principal = answer.principal;
      return;
    }
    const { reason } = answer.refusal;
    const { setting } = gate;
    const peer = gate.peerOf(request.raw).address;
    options.log.info({ path: pathOf(request.raw), peer, reason, setting }, "a request was refused");
    return refuse(request, reply, answer.refusal);
  });
  return (): readonly GuardedRoute[] => tableOf(declared);
}

function refuse(request: FastifyRequest, reply: FastifyReply, { status, sentence }: Refusal) {
  if (status === 401) reply.header("www-authenticate", "Bearer");
  const code = status === 401 ? "AUTHENTICATION_ERROR" : "AUTHORIZATION_ERROR";
  return reply
    .code(status)
    .header("cache-control", "no-store")
    .send(failure(request, code, sentence));
}

function tableOf(declared: readonly RouteOptions[]): readonly GuardedRoute[] {
  return declared.flatMap(({ method, url, config }) => {
    const needs = config?.needs;
    if (needs === undefined) throw new Error(`${method} ${url} does not say what it needs of whoever asks`);
    return [method].flat().map((one) => ({ method: one, url, needs }));
  });
}
