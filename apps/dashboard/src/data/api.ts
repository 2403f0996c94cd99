/** What the REST API answered; `status` is null when nothing did. */
export type Answer =
  | { readonly ok: true; readonly status: number; readonly data: unknown }
  | { readonly ok: false; readonly status: number | null; readonly sentence: string };

export interface Question {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: unknown;
  /** What the change was made for: it is refused when there is something else by now. */
  readonly version?: string;
}

const NO_ANSWER = "The server does not answer.";

/** Asks the REST API of the server that served this page. Never rejects. */
export async function ask(url: string, { method, body, version }: Question): Promise<Answer> {
  const headers = {
    ...(body !== undefined && { "content-type": "application/json" }),
    ...(version !== undefined && { "if-match": `"${version}"` }),
  };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  try {
    const reply = await fetch(url, { method, credentials: "same-origin", headers, ...sent });
    const { data, error } = await reply.json();
    if (reply.ok) return { ok: true, status: reply.status, data };
    return { ok: false, status: reply.status, sentence: error?.message ?? NO_ANSWER };
  } catch {
    return { ok: false, status: null, sentence: NO_ANSWER };
  }
}
