import type { Endpoint } from "@sensorium/protocol/rest";
import type { audit, PageQuery } from "@sensorium/protocol/wire";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Principal } from "../../auth/principal.ts";
import { routePath } from "../rate-limits.ts";
import { paged, parseBody, parsePath, parseQuery, success } from "../replies.ts";

/** A request whose every part is what its endpoint says. */
export interface Asked<Path extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  readonly params: z.output<Path>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
  readonly principal: Principal | null;
  readonly request: FastifyRequest;
}

/** How an endpoint answers; what is asked is checked before. */
interface Answering<Path extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Result> {
  /** As what it is written down; see `FastifyContextConfig`. */
  readonly audit?: audit.AuditAction | "nothing";
  answer(asked: Asked<Path, Query, Body>): Result | Promise<Result>;
}

/** One page of a list, and how many entries there are on all of them. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly total: number;
}

/** Serves an endpoint that answers with one thing. */
export function serveData<
  Path extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Data extends z.ZodType,
>(
  app: FastifyInstance,
  endpoint: Endpoint<Path, Query, Body, Data>,
  { audit, answer }: Answering<Path, Query, Body, z.input<Data>>,
): void {
  route(app, endpoint, { audit, answer: async (asked) => success(asked.request, await answer(asked)) });
}

/** Serves an endpoint that answers with one page of a list. */
export function servePage<
  Path extends z.ZodType,
  Query extends z.ZodType<PageQuery>,
  Body extends z.ZodType,
  Item extends z.ZodType,
>(
  app: FastifyInstance,
  endpoint: Endpoint<Path, Query, Body, Item>,
  { audit, answer }: Answering<Path, Query, Body, Listed<z.input<Item>>>,
): void {
  route(app, endpoint, {
    audit,
    answer: async (asked) => {
      const { items, total } = await answer(asked);
      return paged(asked.request, items, { ...asked.query, total });
    },
  });
}

function route<Path extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  app: FastifyInstance,
  { method, path, needs, params, query, body, answer: answers }: Endpoint<Path, Query, Body>,
  {
    audit,
    answer,
  }: Answering<Path, Query, Body, object> & { readonly audit: audit.AuditAction | "nothing" | undefined },
): void {
  const config = { needs, ...(audit !== undefined && { audit }) };
  const status = (answers.kind === "data" && answers.status) || 200;
  app.route({
    method,
    url: routePath(path),
    config,
    handler: async (request, reply) => {
      const asked = {
        params: params && parsePath(params, request),
        query: query && parseQuery(query, request),
        body: body && parseBody(body, request),
        principal: request.principal,
        request,
      };
      const answered = await answer(asked as Asked<Path, Query, Body>);
      return reply.code(status).header("cache-control", "no-store").send(answered);
    },
  });
}
