import type { Failure } from "@sensorium/protocol/rest";
import type { Pagination } from "@sensorium/protocol/wire";
import { ClientError, type ClientErrorCode } from "./error.ts";

/**
 * What a server said with success: the data, a page of a list, or a picture. Throws a {@link ClientError} for a refusal,
 * and what `fetch` does for half an answer.
 */
export async function readReply(response: Response): Promise<unknown> {
  if (response.ok && response.headers.get("content-type")?.startsWith("image/")) return response.blob();
  const said = parsed(await response.text());
  if (!response.ok) throw refusalOf(response, said?.success === false ? said.error : null);
  if (said?.success !== true) throw new ClientError("request-failed", "What answered is no server of this kind");
  const { data, pagination } = said;
  return pagination ? { items: data, pagination } : data;
}

interface Success {
  readonly success: true;
  readonly data: unknown;
  readonly pagination?: Pagination;
}

function parsed(text: string): Success | Failure | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refusalOf({ status, headers }: Response, error: Failure["error"] | null): ClientError {
  const { code, details, message } = error ?? {
    code: null,
    details: null,
    message: `The server answered with ${status}`,
  };
  const seconds = headers.get("retry-after");
  const retryAfter = seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) : null;
  // What a server cannot do yet, it cannot do later either.
  const retryable = status === 429 || (status >= 500 && status !== 501);
  return new ClientError(CODES[status] ?? "request-failed", message, {
    retryable,
    refusal: { status, code, details, retryAfter },
  });
}

const CODES: Readonly<Record<number, ClientErrorCode>> = { 401: "credentials-refused", 403: "not-allowed" };
