import { Pagination } from "@sensorium/protocol/wire";
import type { z } from "zod";
import { ask, NOT_UNDERSTOOD } from "./api.ts";
import { type Readable, Store } from "./store.ts";

/** What was read of the REST API. */
export interface Read<T> {
  /** Null before the first answer. */
  readonly value: T | null;
  /** Null for what does not come in pages. */
  readonly pagination: Pagination | null;
  /** Why the value may be old, in one sentence. */
  readonly problem: string | null;
}

/** What to read. */
export type ReadQuery = Readonly<Record<string, string | number | undefined>>;

/** Something of the REST API that is read again and again. The last question asked wins. */
export class Reading<T> {
  readonly state: Readable<Read<T>>;
  readonly #state = new Store<Read<T>>({ value: null, pagination: null, problem: null });
  readonly #url: string;
  readonly #schema: z.ZodType<T>;
  #query: ReadQuery = {};
  #asked = 0;

  /** `schema` reads the `data` of an answer. */
  constructor(url: string, schema: z.ZodType<T>) {
    this.state = this.#state;
    this.#url = url;
    this.#schema = schema;
  }

  /** Reads what `query` asks for; without one, what was read last again. A parameter without a value is left out. */
  async load(query: ReadQuery = this.#query): Promise<void> {
    this.#query = query;
    const asked = ++this.#asked;
    const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]]));
    const text = new URLSearchParams(given).toString();
    const answer = await ask(text ? `${this.#url}?${text}` : this.#url, { method: "GET" });
    if (asked !== this.#asked) return;
    const before = this.#state.get();
    if (!answer.ok) return this.#state.set({ ...before, problem: answer.sentence });
    const read = this.#schema.safeParse(answer.data);
    if (!read.success) return this.#state.set({ ...before, problem: NOT_UNDERSTOOD });
    const pagination = Pagination.safeParse(answer.pagination).data ?? null;
    this.#state.set({ value: read.data, pagination, problem: null });
  }
}

/** A list of the REST API, page by page where it comes in pages. */
export type Listing<T> = Reading<T[]>;
