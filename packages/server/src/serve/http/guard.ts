import type { audit } from "@sensorium/protocol/wire";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import type { Log } from "../../observe/log.ts";
import { type AccessRules, allowsHost } from "../access.ts";
import type { AuditNote, AuditTrail } from "../auth/audit.ts";
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
    /** As what it is written down; a server with a route that may change something and does not say it does not start. */
    readonly audit?: audit.AuditAction | "nothing";
  }
  interface FastifyRequest {
    /** Who asks; null where nothing is needed. */
    principal: Principal | null;
    /** What is to be written down besides what the route says; null where there is nothing. */
    note: AuditNote | null;
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
  /** As what it is written down; absent for what changes nothing. */
  readonly audit: audit.AuditAction | undefined;
}

/** Who decides, and who is told. */
export interface GuardOptions {
  readonly gate: Gate;
  readonly log: Log;
  /** Where it is written down who did what; nowhere when absent. */
  readonly trail?: AuditTrail | undefined;
}

const DOOR = { socket: false, page: true };

/**
 * Lets requests through the gate as their routes declare, before anything else of them is read. The returned table
 * fills as routes are added, and is complete once the server is ready.
 */
export function guardRoutes(app: FastifyInstance, options: GuardOptions): () => readonly GuardedRoute[] {
  const declared: RouteOptions[] = [];
  app.decorateRequest("principal", null);
  app.decorateRequest("note", null);
  if (options.trail) writeDown(app, { ...options, trail: options.trail });
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
    if (answer.principal) request.note = { who: answer.principal };
    const { reason } = answer.refusal;
    const { setting } = gate;
    const peer = gate.peerOf(request.raw).address;
    options.log.info({ path: pathOf(request.raw), peer, reason, setting }, "a request was refused");
    return refuse(request, reply, answer.refusal);
  });
  return () => tableOf(declared);
}

/** Before whoever asked is told: what they know to be done is written down. */
function writeDown(app: FastifyInstance, { gate, trail }: GuardOptions & { readonly trail: AuditTrail }): void {
  app.addHook("onSend", async (request, reply) => {
    const { audit: action = "nothing" } = request.routeOptions.config;
    const { principal: who, note, params } = request;
    // Whoever is not known at all could fill the disk.
    if (action === "nothing" || !(who ?? note)) return;
    const target = Object.values(params ?? {}).join("/") || undefined;
    const peer = gate.peerOf(request.raw).address;
    await trail.record({ action, who, target, ...note, status: reply.statusCode, peer });
  });
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
    const { needs, audit } = config ?? {};
    if (needs === undefined) throw new Error(`${method} ${url} does not say what it needs of whoever asks`);
    const methods = [method].flat();
    if (audit === undefined && methods.some((one) => !READING.includes(one))) {
      throw new Error(`${method} ${url} does not say as what it is written down`);
    }
    return methods.map((one) => ({ method: one, url, needs, audit: audit === "nothing" ? undefined : audit }));
  });
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
const READING = ["GET", "HEAD", "OPTIONS", "TRACE"];
