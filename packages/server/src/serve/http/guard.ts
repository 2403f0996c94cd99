import type { FastifyInstance } from "fastify";
import type { Log } from "../../observe/log.ts";
import { type AccessRules, allowsHost } from "../access.ts";
import { failure } from "./replies.ts";

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
