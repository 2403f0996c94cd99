import { endpoints } from "@sensorium/protocol/rest";
import type { FastifyInstance } from "fastify";
import type { Unchanged } from "../../storage/users.ts";
import { serveData, servePage } from "../http/api/endpoint.ts";
import { refusal } from "../http/replies.ts";
import { note } from "./audit.ts";
import type { Auth } from "./auth.ts";
import { ownSession, type Principal } from "./principal.ts";

/** Who may log in: listed, made, changed and removed by admins of all environments. */
export function serveUsers(app: FastifyInstance, gate: Auth): void {
  servePage(app, endpoints.listUsers, { answer: ({ query }) => gate.users.list(query) });

  serveData(app, endpoints.createUser, {
    audit: "user-created",
    answer: async ({ body, principal, request }) => {
      requireSomebody(principal);
      const user = await gate.users.create(body);
      if (!user) throw refusal(409, "There is a user of this name already");
      note(request, { target: user.username });
      return user;
    },
  });

  serveData(app, endpoints.changeUser, {
    audit: "user-changed",
    answer: async ({ params, body, principal, request }) => {
      if (body.password !== undefined) requireSomebody(principal);
      const user = await gate.changeUser({ id: params.id, change: body, keep: ownSession(principal) });
      if (typeof user === "string") throw unchanged(user);
      note(request, { target: user.username });
      return user;
    },
  });

  serveData(app, endpoints.removeUser, {
    audit: "user-removed",
    answer: async ({ params, principal, request }) => {
      if (params.id === principal?.userId) throw refusal(409, "Nobody can remove themselves: another admin can");
      const user = await gate.removeUser(params.id);
      if (typeof user === "string") throw unchanged(user);
      note(request, { target: user.username });
      return null;
    },
  });
}

/** What a program's key could leave behind when it is revoked. */
function requireSomebody(principal: Principal | null): void {
  if (principal?.by === "api-key") throw refusal(403, "An API key cannot set a password: log in for that");
}

const unchanged = (why: Unchanged): Error =>
  why === "no-user"
    ? refusal(404, "There is no user with this id")
    : refusal(409, "This is the last admin of all environments: make somebody else one first");
