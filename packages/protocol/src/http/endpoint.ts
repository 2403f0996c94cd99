import type { z } from "zod";
import type { Scope } from "./auth.ts";

/** Requests that are counted together. */
export type LimitGroup = "auth" | "poseRead" | "poseWrite" | "config" | "analytics" | "health";

/** How many requests a token may make in a window. */
export interface RateLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

/** The limits of tokens, unless configured otherwise. */
export const RATE_LIMITS: Readonly<Record<LimitGroup, RateLimit>> = {
  auth: { requests: 10, windowSeconds: 60 },
  poseRead: { requests: 1_000, windowSeconds: 3_600 },
  poseWrite: { requests: 100, windowSeconds: 3_600 },
  config: { requests: 50, windowSeconds: 3_600 },
  analytics: { requests: 500, windowSeconds: 3_600 },
  health: { requests: 10_000, windowSeconds: 3_600 },
};

/** What an endpoint needs of whoever asks; `own` shows of some environments only what is in them. */
export type EndpointNeed = "nothing" | "somebody" | { readonly scope: Scope; readonly environments: "all" | "own" };

/** Where every path begins. */
export const API_PATH = "/api/v1";

/** One endpoint of the REST API: what its route checks, and what its documentation says. */
export interface Endpoint<
  Path extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Data extends z.ZodType = z.ZodType,
> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Behind {@link API_PATH}, with `{name}` for what stands in the address. */
  readonly path: string;
  readonly group: string;
  /** One line. */
  readonly summary: string;
  /** What a reader needs besides. */
  readonly description?: string;
  readonly needs: EndpointNeed;
  readonly limit: LimitGroup | null;
  readonly params?: Path;
  readonly query?: Query;
  readonly body?: Body;
  /** What a body may look like. */
  readonly example?: z.input<Body>;
  /** What a success holds. */
  readonly answer:
    | { readonly kind: "data"; readonly data: Data; readonly status?: 201 }
    | { readonly kind: "page"; readonly item: Data }
    | { readonly kind: "media"; readonly type: string };
  /** Statuses of refusals that do not follow from all this. */
  readonly refusals?: readonly (401 | 404 | 409 | 422 | 501 | 503)[];
}

/** Keeps the types of an endpoint's schemas, and what its address and the kind of its answer are. */
export const endpoint = <
  Method extends Endpoint["method"],
  Address extends string,
  Kind extends Endpoint["answer"]["kind"],
  Path extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Data extends z.ZodType = z.ZodType,
>(
  described: Endpoint<Path, Query, Body, Data> & EndpointFacts<Method, Address, Kind>,
): Endpoint<Path, Query, Body, Data> & EndpointFacts<Method, Address, Kind> => described;

/** What is known of an endpoint before the program runs, besides its schemas. */
export interface EndpointFacts<Method, Address, Kind> {
  readonly method: Method;
  readonly path: Address;
  readonly answer: { readonly kind: Kind };
}
