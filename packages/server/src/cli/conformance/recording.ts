import { gunzipSync, inflateSync } from "node:zlib";
import { reasonOf } from "@sensorium/protocol";
import { decodeMessage } from "@sensorium/protocol/msgpack";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";

/** The description's message types; the last one is a name for others, see {@link Recording.aliased}. */
export const MESSAGE_TYPES = [
  ...["subscribe", "unsubscribe", "update_subscription"],
  ...wire.ServerMessage.options.map((option) => option.shape.type.value),
  "analytics_update",
] as const satisfies readonly string[];

type Fields = Readonly<Record<string, unknown>>;

/** A message of the server. */
export interface Received {
  /** Of the suite's clock. */
  readonly atMs: number;
  readonly type: string;
  /** As it came. */
  readonly raw: Fields;
  /** As the protocol has it; undefined where it is none of its messages. */
  readonly message: wire.ServerMessage | undefined;
  /** Why it is none. */
  readonly problem?: string;
  /** How the frame was packed. */
  readonly packed: wire.Compression | null;
}

/** How a message travels: as JSON, as a packed frame of it, or as MessagePack. */
export type Form = "text" | "packed" | "msgpack";

/** How a connection ended. */
export interface Closure {
  readonly code: number;
  readonly reason: string;
}

/** How many there were of a type. */
export interface TypeCount {
  readonly type: string;
  readonly sent: number;
  readonly received: number;
}

/** Everything that was said in a run. */
export class Recording {
  readonly received: Received[] = [];
  /** How the connections that are over were closed. */
  readonly closures: Closure[] = [];
  /** Messages that a subscription to `analytics_update` has brought. */
  aliased = 0;
  readonly #sent = new Map<string, number>();
  readonly #keep: ((line: string) => void) | undefined;

  /** `keep` is given one line of JSON for each message. */
  constructor(keep?: (line: string) => void) {
    this.#keep = keep;
  }

  /** Notes what the suite says; credentials are not kept. */
  note(client: string, text: string, atMs: number): void {
    const message = fieldsOf(text);
    const type = String(message?.type ?? "");
    this.#sent.set(type, (this.#sent.get(type) ?? 0) + 1);
    const kept = type === "auth" ? { type } : (message ?? text.slice(0, 1_000));
    this.#line({ at: atMs, client, direction: "sent", message: kept });
  }

  /** Reads and notes what the server says. */
  read(client: string, bytes: Buffer, { form, atMs }: { readonly form: Form; readonly atMs: number }): Received {
    const received = { atMs, ...readMessage(bytes, form) };
    this.received.push(received);
    const { raw: message, packed, problem } = received;
    this.#line({ at: atMs, client, direction: "received", ...(packed && { packed }), message, problem });
    return received;
  }

  /** Notes how a connection ended. */
  end(client: string, closure: Closure, atMs: number): void {
    this.closures.push(closure);
    this.#line({ at: atMs, client, direction: "closed", ...closure });
  }

  /** The messages of a type that are as the protocol has them. */
  all<T extends wire.ServerMessage["type"]>(type: T): Extract<wire.ServerMessage, { type: T }>[] {
    return this.received.flatMap(({ message }) =>
      message?.type === type ? [message as Extract<wire.ServerMessage, { type: T }>] : [],
    );
  }

  /** Of each type of the description. */
  counts(): TypeCount[] {
    return MESSAGE_TYPES.map((type) => {
      const valid = this.received.filter(({ message }) => message?.type === type).length;
      return { type, sent: this.#sent.get(type) ?? 0, received: type === "analytics_update" ? this.aliased : valid };
    });
  }

  #line(fields: object): void {
    this.#keep?.(`${JSON.stringify(fields)}\n`);
  }
}

/** Whether a type was seen: those of a client when it was sent, the others when one came. */
export const isSeen = ({ type, sent, received }: TypeCount): boolean =>
  received > 0 || (sent > 0 && ["subscribe", "unsubscribe", "update_subscription"].includes(type));

function readMessage(bytes: Buffer, form: Form): Omit<Received, "atMs"> {
  const { raw, packed } = decode(bytes, form);
  if (!raw) return { type: "", raw: {}, message: undefined, problem: "it is no JSON object", packed };
  const parsed = wire.ServerMessage.safeParse(raw);
  const type = String(raw.type ?? "");
  if (parsed.success) return { type, raw, message: parsed.data, packed };
  const [issue] = parsed.error.issues;
  const problem = `${type}: ${issue?.path.join(".") || "it"}: ${issue?.message ?? "not understood"}`;
  return { type, raw, message: undefined, problem, packed };
}

function decode(bytes: Buffer, form: Form): { readonly raw: Fields | undefined; packed: wire.Compression | null } {
  if (form === "text") return { raw: fieldsOf(bytes.toString()), packed: null };
  if (form === "msgpack") return { raw: fieldsOfPack(bytes), packed: null };
  const { text, packed } = unpack(bytes);
  return { raw: fieldsOf(text), packed };
}

const MAX_UNPACKED = { maxOutputLength: 16 * 1024 * 1024 };

function unpack(bytes: Buffer): { readonly text: string; readonly packed: wire.Compression | null } {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    const text = isGzip ? gunzipSync(bytes, MAX_UNPACKED) : inflateSync(bytes, MAX_UNPACKED);
    return { text: text.toString(), packed: isGzip ? "gzip" : "deflate" };
  } catch (thrown) {
    return { text: reasonOf(thrown), packed: null };
  }
}

const fieldsOf = (text: string): Fields | undefined => objectOf(() => JSON.parse(text));
const fieldsOfPack = (bytes: Buffer): Fields | undefined => objectOf(() => decodeMessage(bytes));

function objectOf(read: () => unknown): Fields | undefined {
  try {
    const value = read();
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}
