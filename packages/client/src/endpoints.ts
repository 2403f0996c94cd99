import type { endpoints } from "@sensorium/protocol/rest";
import type { Pagination } from "@sensorium/protocol/wire";

/**
 * What the REST API can be asked, as types of the table by which the server checks it. Nothing of that table, nor of its
 * schemas, is there when the program runs.
 */

/** Only of these a refusal is about what is in the body, not about what the client shows: they are `login`'s. */
type LoggingIn = "token" | "refresh" | "login" | "exchangeLink";
type Known = Omit<typeof endpoints, LoggingIn>[Exclude<keyof typeof endpoints, LoggingIn>];

/** How something is asked. */
export type Method = Known["method"];

/** What can be asked by a method, as the documentation has it: behind `/api/v1`, with `{name}` for what varies. */
export type Address<M extends Method> = Extract<Known, { readonly method: M }>["path"];

/** What answers with a list that comes in pages. */
export type PagedAddress = Extract<Known, { readonly answer: { readonly kind: "page" } }>["path"];

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly pagination: Pagination;
}

/** What a method and an address are answered with. */
export type Answer<M extends Method, A> =
  Result<At<M, A>> extends { readonly page: infer T } ? Page<T> : Result<At<M, A>>;

/** One entry of a list. */
export type Item<A extends PagedAddress> = Result<At<"GET", A>> extends { readonly page: infer T } ? T : never;

/** What is asked with a method and an address. */
export type Question<M extends Method, A> = Asked<At<M, A>> & Versioned<M, Result<At<M, A>>>;

/** What every question may say. */
export interface Stoppable {
  /** Ends the request; whatever it aborts with is thrown. */
  readonly signal?: AbortSignal;
}

type At<M, A> = Extract<Known, { readonly method: M; readonly path: A }>;

type Result<E> = E extends { readonly answer: { readonly data: infer S } }
  ? Output<S>
  : E extends { readonly answer: { readonly item: infer S } }
    ? { readonly page: Output<S> }
    : Blob;

type Asked<E> = E extends { readonly params?: infer P; readonly query?: infer Q; readonly body?: infer B }
  ? Stoppable & Params<Written<Input<P>, Output<P>>> & Query<Written<Input<Q>, Output<Q>>> & Body<Input<B>>
  : never;

type Params<T> = [T] extends [undefined] ? unknown : { readonly params: T };
type Query<T> = [T] extends [undefined]
  ? unknown
  : Partial<T> extends T
    ? { readonly query?: T }
    : { readonly query: T };
type Body<T> = [T] extends [undefined] ? unknown : undefined extends T ? { readonly body?: T } : { readonly body: T };

/** Changes of the configuration file. */
type Versioned<M, R> = [M, R] extends ["PUT" | "DELETE", { readonly restart_needed: unknown }]
  ? {
      /** Of the file for which the change was made: it is refused when there is another by now. */
      readonly version?: string;
    }
  : unknown;

/** In an address everything is text: what the server makes of it, where it makes something of it. */
type Written<I, O> = { readonly [K in keyof I]: K extends keyof O ? O[K] : never };

type Input<S> = NonNullable<S> extends { readonly _zod: { readonly input: infer T } } ? T : undefined;
type Output<S> = NonNullable<S> extends { readonly _zod: { readonly output: infer T } } ? T : undefined;
