import { auth } from "@sensorium/protocol/wire";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { failure, parseBody, success } from "../http/replies.ts";
import { type Login, SESSION_SECONDS } from "./accounts.ts";
import type { Auth } from "./auth.ts";
import { FOREIGN_PAGE, isOwnPage } from "./gate.ts";
import type { Outcome } from "./login-attempts.ts";
import type { Need, Principal } from "./principal.ts";
import { SESSION_COOKIE } from "./session-cookie.ts";
import { TOKEN_SECONDS } from "./tokens.ts";

const PREFIX = "/api/v1/auth";
const BODY_LIMIT = 16 * 1024;
const ADMIN: Need = { scope: "admin", environments: "all" };

const route = (needs: Need) => ({ config: { needs }, bodyLimit: BODY_LIMIT });

/** `GET /api/v1/auth/me`: how a page learns whether it is let in. */
export function serveMe(app: FastifyInstance): void {
  app.get(`${PREFIX}/me`, route("somebody"), (request, reply) =>
    unkept(reply).send(success(request, meOf(known(request)))),
  );
}

/** Logging in and out, and API keys. */
export function serveAuth(app: FastifyInstance, auth: Auth): void {
  serveLogins(app, auth);
  servePasswords(app, auth);
  serveKeys(app, auth);
}

function serveLogins(app: FastifyInstance, gate: Auth): void {
  const logIn = async (request: FastifyRequest, reply: FastifyReply, attempt: () => Promise<Outcome<Login>>) => {
    // Otherwise a page elsewhere could log a visitor in as somebody of its choice.
    if (!isOwnPage(request.headers)) {
      return reply.code(403).send(failure(request, "AUTHORIZATION_ERROR", FOREIGN_PAGE.sentence));
    }
    const outcome = await attempt();
    if (outcome.kind !== "in") return refuseLogin(request, reply, outcome);
    const { principal, secret } = outcome.login;
    const { encrypted } = gate.peerOf(request.raw);
    const cookie = SESSION_COOKIE.set(request.raw, { secret, seconds: SESSION_SECONDS, encrypted });
    return unkept(reply)
      .header("set-cookie", cookie)
      .send(success(request, meOf(principal)));
  };

  app.post(`${PREFIX}/login-link/exchange`, route("nothing"), (request, reply) => {
    const { token } = parseBody(auth.ExchangeRequest, request);
    const peer = gate.peerOf(request.raw);
    return logIn(request, reply, () => gate.attempts.make({ peer }, () => gate.accounts.exchangeLink(token)));
  });

  app.post(`${PREFIX}/login`, route("nothing"), (request, reply) => {
    const given = parseBody(auth.PasswordRequest, request);
    const attempt = { peer: gate.peerOf(request.raw), username: given.username };
    return logIn(request, reply, () => gate.attempts.make(attempt, () => gate.accounts.logIn(given)));
  });

  app.post(`${PREFIX}/logout`, route("somebody"), async (request, reply) => {
    const { by, credential } = known(request);
    if (by === "session" && credential !== null) await gate.end("session", credential);
    return unkept(reply).header("set-cookie", SESSION_COOKIE.clear(request.raw)).send(success(request, null));
  });
}

function servePasswords(app: FastifyInstance, gate: Auth): void {
  app.post(`${PREFIX}/token`, route("nothing"), async (request, reply) => {
    const given = parseBody(auth.PasswordRequest, request);
    const attempt = { peer: gate.peerOf(request.raw), username: given.username };
    const outcome = await gate.attempts.make(attempt, () => gate.accounts.checkPassword(given));
    if (outcome.kind !== "in") return refuseLogin(request, reply, outcome);
    const result: auth.TokenResult = {
      access_token: await gate.tokens.sign(outcome.login),
      token_type: "bearer",
      expires_in: TOKEN_SECONDS,
    };
    return unkept(reply).send(success(request, result));
  });

  app.put(`${PREFIX}/password`, route(ADMIN), async (request, reply) => {
    const { password } = parseBody(auth.SetPasswordRequest, request);
    const principal = known(request);
    if (principal.by === "api-key") {
      const sentence = "An API key cannot set a password: log in for that";
      return reply.code(403).send(failure(request, "AUTHORIZATION_ERROR", sentence));
    }
    await gate.setPassword(principal, password);
    return unkept(reply).send(success(request, null));
  });
}

function serveKeys(app: FastifyInstance, gate: Auth): void {
  app.get(`${PREFIX}/keys`, route(ADMIN), async (request, reply) => {
    const list: auth.ApiKeyList = { keys: [...(await gate.accounts.listKeys())] };
    return unkept(reply).send(success(request, list));
  });

  app.post(`${PREFIX}/keys`, route(ADMIN), async (request, reply) => {
    const created = await gate.accounts.createKey(known(request), parseBody(auth.CreateKeyRequest, request));
    return unkept(reply).code(201).send(success(request, created));
  });

  app.delete<{ Params: { id: string } }>(`${PREFIX}/keys/:id`, route(ADMIN), async (request, reply) => {
    if (await gate.end("api-key", request.params.id)) return success(request, null);
    return reply.code(404).send(failure(request, "RESOURCE_NOT_FOUND", "There is no API key with this id"));
  });
}

function refuseLogin(request: FastifyRequest, reply: FastifyReply, outcome: Exclude<Outcome<unknown>, { kind: "in" }>) {
  if (outcome.kind === "wrong") {
    const sentence = "This login is not valid";
    return reply.code(401).send(failure(request, "AUTHENTICATION_ERROR", sentence));
  }
  const seconds = Math.ceil(outcome.waitMs / 1000);
  const sentence = `Too many attempts: try again in ${seconds} seconds`;
  return reply
    .code(429)
    .header("retry-after", seconds)
    .send(failure(request, "RATE_LIMIT_EXCEEDED", sentence));
}

/** What is only for whoever asked is kept by nobody on the way. */
const unkept = (reply: FastifyReply): FastifyReply => reply.header("cache-control", "no-store");

function known({ principal }: FastifyRequest): Principal {
  if (principal) return principal;
  throw new Error("a route that needs somebody was reached by nobody");
}

const meOf = ({ name, by, scopes, environments, expiresMs }: Principal): auth.Me => ({
  username: name,
  by,
  scopes: [...scopes],
  environments: environments && [...environments],
  expires_at: expiresMs === null ? null : new Date(expiresMs).toISOString(),
});
