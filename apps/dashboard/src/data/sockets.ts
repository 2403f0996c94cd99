import { z } from "zod";
import { ask } from "./api.ts";
import { type Readable, Store } from "./store.ts";

const Index = z.object({
  protocols: z.array(
    z.object({
      name: z.string(),
      document: z.string(),
      place: z.union([z.object({ path: z.string() }), z.object({ port: z.number() })]).nullable(),
    }),
  ),
});

/** A socket protocol and where this server serves it. */
export interface SocketProtocol {
  readonly name: string;
  /** The address of its AsyncAPI document. */
  readonly document: string;
  /** Null where it is not served. */
  readonly address: string | null;
}

/** Where a protocol is served; null where it is not, or nobody knows. */
export const addressIn = (protocols: readonly SocketProtocol[] | null, name: string): string | null =>
  protocols?.find((protocol) => protocol.name === name)?.address ?? null;

/** The socket protocols of the server that served `page`; null while they are not known. */
export class Sockets {
  readonly state: Readable<readonly SocketProtocol[] | null>;
  readonly #state = new Store<readonly SocketProtocol[] | null>(null);
  readonly #page: URL;

  constructor(page: URL) {
    this.state = this.#state;
    this.#page = page;
  }

  async load(): Promise<void> {
    const answer = await ask(new URL("./api/v1/asyncapi", this.#page).href, { method: "GET" });
    const read = answer.ok ? Index.safeParse(answer.data).data : undefined;
    if (!read) return;
    this.#state.set(
      read.protocols.map(({ name, document, place }) => ({
        name,
        document: new URL(`.${document}`, this.#page).href,
        address: place && addressOf(place, this.#page),
      })),
    );
  }
}

/** A path is taken from where the page is, as a reverse proxy may have put it elsewhere. */
function addressOf(place: { readonly path: string } | { readonly port: number }, page: URL): string {
  const url = "path" in place ? new URL(`.${place.path}`, page) : new URL("/", page);
  url.protocol = page.protocol.replace("http", "ws");
  url.search = url.hash = "";
  if ("port" in place) url.port = String(place.port);
  return url.href;
}
