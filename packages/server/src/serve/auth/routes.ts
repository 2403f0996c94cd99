import { type audit, auth } from "@sensorium/protocol/wire";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { failure, notUnderstood, parseBody, refusal, success } from "../http/replies.ts";
import { type Login, SESSION_SECONDS } from "./accounts.ts";
import { note } from "./audit.ts";
import type { Auth } from "./auth.ts";
import { FOREIGN_PAGE, isOwnPage } from "./gate.ts";
import type { Outcome } from "./login-attempts.ts";
import { authorize, type Need, type Principal } from "./principal.ts";
import { SESSION_COOKIE } from "./session-cookie.ts";
import { TOKEN_SECONDS } from "./tokens.ts";
import { serveUsers } from "./user-routes.ts";

const PREFIX = "/api/v1/auth";
const BODY_LIMIT = 16 * 1024;
const ADMIN: Need = { scope: "admin", environments: "all" };

const route = (needs: Need, action?: audit.AuditAction) => ({
  config: { needs, ...(action && { audit: action }) },
  bodyLimit: BODY_LIMIT,
});

/** `GET /api/v1/auth/me`: how a page learns whether it is let in. */
export function serveMe(app: FastifyInstance): void {
  app.get(`${PREFIX}/me`, route("somebody"), (request, reply) =>
    unkept(reply).send(success(request, meOf(known(request)))),
  );
}

/** Logging in and out, tokens, passwords, keys and users. */
export function serveAuth(app: FastifyInstance, auth: Auth): void {
  serveLogins(app, auth);
  serveTokens(app, auth);
  servePasswords(app, auth);
  serveKeys(app, auth);
  serveUsers(app, auth);
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
    note(request, { who: principal });
    const { encrypted } = gate.peerOf(request.raw);
    const cookie = SESSION_COOKIE.set(request.raw, { secret, seconds: SESSION_SECONDS, encrypted });
    return unkept(reply)
      .header("set-cookie", cookie)
      .send(success(request, meOf(principal)));
  };

  app.post(`${PREFIX}/login-link/exchange`, route("nothing", "login"), (request, reply) => {
    const { token } = parseBody(auth.ExchangeRequest, request);
    return logIn(request, reply, async () => {
      const outcome = await gate.attempts.make(attemptOf(request, gate), () => gate.accounts.exchangeLink(token));
      if (outcome.kind === "wrong") note(request, { action: "login-failed" });
      return outcome;
    });
  });

  app.post(`${PREFIX}/login`, route("nothing", "login"), (request, reply) =>
    logIn(request, reply, () => tryPassword(request, gate, (given) => gate.accounts.logIn(given))),
  );

  app.post(`${PREFIX}/logout`, route("somebody", "logout"), async (request, reply) => {
    const { by, credential } = known(request);
    if (by === "session" && credential !== null) await gate.end("session", credential);
    if (by === "token" && credential !== null) await gate.end("refresh-token", credential);
    return unkept(reply).header("set-cookie", SESSION_COOKIE.clear(request.raw)).send(success(request, null));
  });
}

function serveTokens(app: FastifyInstance, gate: Auth): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply, { principal, secret }: Login) => {
    note(request, { who: principal });
    const result: auth.TokenResult = {
      access_token: await gate.tokens.sign(principal),
      token_type: "bearer",
      expires_in: TOKEN_SECONDS,
      refresh_token: secret,
    };
    return unkept(reply).send(success(request, result));
  };

  app.post(`${PREFIX}/token`, route("nothing", "login"), async (request, reply) => {
    const outcome = await tryPassword(request, gate, (given) => gate.accounts.logInForTokens(given));
    return outcome.kind === "in" ? answer(request, reply, outcome.login) : refuseLogin(request, reply, outcome);
  });

  app.post(`${PREFIX}/refresh`, route("nothing", "token-refreshed"), async (request, reply) => {
    const { refresh_token } = parseBody(auth.RefreshRequest, request);
    const refreshed = await gate.refresh(refresh_token);
    if (refreshed && !refreshed.reused) return answer(request, reply, refreshed);
    if (refreshed) note(request, { action: "refresh-reused", who: refreshed.principal });
    return refuseLogin(request, reply, { kind: "wrong" });
  });
}

function servePasswords(app: FastifyInstance, gate: Auth): void {
  app.put(`${PREFIX}/password`, route("somebody", "password-set"), async (request, reply) => {
    const { password, old_password } = parseBody(auth.SetPasswordRequest, request);
    const principal = known(request);
    if (principal.by === "api-key") throw refusal(403, "An API key cannot set a password: log in for that");
    const user = await gate.users.find(principal.userId);
    if (!user) throw refusal(403, "This account is kept elsewhere, and so is its password");
    // Whoever may set anybody's needs no old one, so that a login link helps those who have forgotten theirs.
    if (user.password !== null && authorize(principal, ADMIN)) {
      if (old_password === undefined) throw notUnderstood("body", { field: "old_password", reason: "is needed too" });
      const attempt = { ...attemptOf(request, gate), username: user.username };
      const check = async () => (await gate.accounts.isPasswordOf(user, old_password)) || null;
      const outcome = await gate.attempts.make(attempt, check);
      if (outcome.kind === "later") return refuseLogin(request, reply, outcome);
      if (outcome.kind === "wrong") throw refusal(403, "The old password is another one");
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

  app.post(`${PREFIX}/keys`, route(ADMIN, "key-created"), async (request, reply) => {
    const created = await gate.accounts.createKey(known(request), parseBody(auth.CreateKeyRequest, request));
    if (!created) throw notUnderstood("body", { field: "expires_at", reason: "must be later than now" });
    note(request, { target: created.api_key.id });
    return unkept(reply).code(201).send(success(request, created));
  });

  app.delete<{ Params: { id: string } }>(`${PREFIX}/keys/:id`, route(ADMIN, "key-revoked"), async (request, reply) => {
    if (await gate.end("api-key", request.params.id)) return success(request, null);
    return reply.code(404).send(failure(request, "RESOURCE_NOT_FOUND", "There is no API key with this id"));
  });

  app.post(`${PREFIX}/signing-keys/rotate`, route(ADMIN, "signing-key-rotated"), async (request, reply) => {
    const key_id = await gate.rotateSigningKey();
    note(request, { target: key_id });
    const result: auth.RotatedKey = { key_id, others_good_for: TOKEN_SECONDS };
    return unkept(reply).send(success(request, result));
  });
}

const attemptOf = ({ raw }: FastifyRequest, gate: Auth) => ({ peer: gate.peerOf(raw) });

/** Logs in with the password in a body. */
async function tryPassword(
  request: FastifyRequest,
  gate: Auth,
  logIn: (given: auth.PasswordRequest) => Promise<Login | null>,
): Promise<Outcome<Login>> {
  const given = parseBody(auth.PasswordRequest, request);
  const { username } = given;
  const outcome = await gate.attempts.make({ ...attemptOf(request, gate), username }, () => logIn(given));
  // Only an existing user's name is written down: what was typed there may have been a password.
  if (outcome.kind === "wrong") note(request, { action: "login-failed", who: await gate.accounts.userNamed(username) });
  return outcome;
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
