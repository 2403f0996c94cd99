import type { Address, Answer, Item, Method, Page, PagedAddress, Question, Stoppable } from "./endpoints.ts";
import { type Request, type RequestContext, send } from "./requests.ts";

/** What may be left out where nothing has to be said. */
type Optional<T> = Stoppable extends T ? [question?: T] : [question: T];

/**
 * The REST API of one server, typed by its table of endpoints: what an address needs, and what it is answered with. All
 * throw a {@link ClientError}, whose `refusal` is what the server said.
 */
export class Api {
  readonly #context: RequestContext;
  readonly #signal: AbortSignal;

  constructor(context: RequestContext, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
  }

  /** Reads something. */
  get<A extends Address<"GET">>(address: A, ...[question]: Optional<Question<"GET", A>>): Promise<Answer<"GET", A>> {
    return this.#ask("GET", address, question);
  }

  /** Does something; never twice. */
  post<A extends Address<"POST">>(
    address: A,
    ...[question]: Optional<Question<"POST", A>>
  ): Promise<Answer<"POST", A>> {
    return this.#ask("POST", address, question);
  }

  /** Makes something what it is to be. */
  put<A extends Address<"PUT">>(address: A, ...[question]: Optional<Question<"PUT", A>>): Promise<Answer<"PUT", A>> {
    return this.#ask("PUT", address, question);
  }

  /** Takes something away. */
  delete<A extends Address<"DELETE">>(
    address: A,
    ...[question]: Optional<Question<"DELETE", A>>
  ): Promise<Answer<"DELETE", A>> {
    return this.#ask("DELETE", address, question);
  }

  /**
   * Every entry of a list from its first page on, page by page as the loop goes on. A page holds as many as the server
   * gives, unless `per_page` says less. A list that begins with the newest moves on while entries are added: then those
   * at the end of a page come again, unless an `end_time` holds it.
   */
  async *pages<A extends PagedAddress>(
    address: A,
    ...[question]: Optional<Question<"GET", A>>
  ): AsyncGenerator<Item<A>, void, undefined> {
    const asked: Untyped = question ?? {};
    for (let page = 1; ; page++) {
      const query = { per_page: MOST_PER_PAGE, ...asked.query, page };
      const { items, pagination } = await this.#ask<Page<Item<A>>>("GET", address, { ...asked, query });
      yield* items;
      if (!pagination.has_next) return;
    }
  }

  /** The types of what it is called with and answers are those of the table. */
  async #ask<T>(method: Method, address: string, question: Untyped = {}): Promise<T> {
    const { signal, ...asked } = question;
    const stop = signal ? AbortSignal.any([this.#signal, signal]) : this.#signal;
    return (await send({ method, address, ...asked }, this.#context, stop)) as T;
  }
}

const MOST_PER_PAGE = 1000;

type Untyped = Stoppable & Omit<Request, "method" | "address">;
