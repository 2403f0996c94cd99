/** What the REST API answered; `status` is null when nothing did. */
export type Answer =
  | { readonly ok: true; readonly status: number; readonly data: unknown; readonly pagination?: unknown }
  | Refused;

/** Why there was no answer, or none that helps. */
export interface Refused {
  readonly ok: false;
  readonly status: number | null;
  readonly sentence: string;
  /** The one field of what was sent that is not what it should be. */
  readonly field?: { readonly name: string; readonly reason: string };
}

export interface Question {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: unknown;
  /** What the change was made for: it is refused when there is something else by now. */
  readonly version?: string;
}

const NO_ANSWER = "The server does not answer.";

/** What is said of an answer whose shape is not known. */
export const NOT_UNDERSTOOD = "This page does not understand the server's answer: load it again.";

/** Asks the REST API of the server that served this page. Never rejects. */
export async function ask(url: string, { method, body, version }: Question): Promise<Answer> {
  const headers = {
    ...(body !== undefined && { "content-type": "application/json" }),
    ...(version !== undefined && { "if-match": `"${version}"` }),
  };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  try {
    const reply = await fetch(url, { method, credentials: "same-origin", headers, ...sent });
    const { data, pagination, error } = await reply.json();
    if (reply.ok) return { ok: true, status: reply.status, data, ...(pagination && { pagination }) };
    return { ok: false, status: reply.status, sentence: error?.message ?? NO_ANSWER, ...fieldOf(error?.details) };
  } catch {
    return { ok: false, status: null, sentence: NO_ANSWER };
  }
}

function fieldOf(details: { readonly field?: unknown; readonly reason?: unknown } | null | undefined) {
  const { field: name, reason } = details ?? {};
  return typeof name === "string" && name !== "" && typeof reason === "string" ? { field: { name, reason } } : {};
}
