import { Pagination } from "@sensorium/protocol/wire";
import type { z } from "zod";
import { ask, NOT_UNDERSTOOD } from "./api.ts";
import { type Readable, Store } from "./store.ts";

/** What is known of a list of the REST API. */
export interface Listed<T> {
  /** Null before the first answer. */
  readonly items: readonly T[] | null;
  /** Null for a list that comes as a whole. */
  readonly pagination: Pagination | null;
  /** Why what is shown may be old, in one sentence. */
  readonly problem: string | null;
}

/** What to read of a list. */
export type ListQuery = Readonly<Record<string, string | number | undefined>>;

/** A list of the REST API, page by page where it comes in pages. The last question asked wins. */
export class Listing<T> {
  readonly state: Readable<Listed<T>>;
  readonly #state = new Store<Listed<T>>({ items: null, pagination: null, problem: null });
  readonly #url: string;
  readonly #items: z.ZodType<readonly T[]>;
  #query: ListQuery = {};
  #asked = 0;

  /** `items` reads the `data` of an answer. */
  constructor(url: string, items: z.ZodType<readonly T[]>) {
    this.state = this.#state;
    this.#url = url;
    this.#items = items;
  }

  /** Reads what `query` asks for; without one, what was read last again. A parameter without a value is left out. */
  async load(query: ListQuery = this.#query): Promise<void> {
    this.#query = query;
    const asked = ++this.#asked;
    const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]]));
    const text = new URLSearchParams(given).toString();
    const answer = await ask(text ? `${this.#url}?${text}` : this.#url, { method: "GET" });
    if (asked !== this.#asked) return;
    const { items, pagination } = this.#state.get();
    if (!answer.ok) return this.#state.set({ items, pagination, problem: answer.sentence });
    const read = this.#items.safeParse(answer.data);
    if (!read.success) return this.#state.set({ items, pagination, problem: NOT_UNDERSTOOD });
    const place = Pagination.safeParse(answer.pagination).data ?? null;
    this.#state.set({ items: read.data, pagination: place, problem: null });
  }
}
