import { ClientError } from "./error.ts";

/** A user's name and password. */
export interface Password {
  readonly username: string;
  readonly password: string;
}

/** Somebody who is logged in. */
export interface Login {
  /** To be handed to `connect`: the token, and a fresh one each time it is called again. */
  readonly getToken: () => Promise<string>;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
}

/**
 * Logs in at the server at `url` (`http://host:8000`). The password is used once; after that, tokens are renewed by each
 * other. Throws `credentials-refused` for a wrong one, `unreachable` or `request-failed` otherwise.
 */
export async function login(url: string | URL, password: Password): Promise<Login> {
  let tokens = await post(new URL("/api/v1/auth/token", url), password);
  let fresh = true;
  const getToken = async (): Promise<string> => {
    if (!fresh) {
      const { refresh_token } = tokens;
      if (refresh_token === undefined) throw new ClientError("credentials-refused", "This login has run out");
      tokens = await post(new URL("/api/v1/auth/refresh", url), { refresh_token });
    }
    fresh = false;
    return tokens.access_token;
  };
  return { getToken };
}

async function post(url: URL, body: object): Promise<Tokens> {
  const reply = await send(url, body);
  const { data, error } = (await reply.json().catch(() => ({}))) as {
    readonly data?: Tokens;
    readonly error?: { readonly message?: string };
  };
  if (reply.ok && data) return data;
  const sentence = error?.message ?? `The server answered with ${reply.status}`;
  if (reply.status === 401 || reply.status === 403) throw new ClientError("credentials-refused", sentence);
  throw new ClientError("request-failed", sentence, { retryable: reply.status === 429 || reply.status >= 500 });
}

async function send(url: URL, body: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  try {
    return await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  } catch (cause) {
    throw new ClientError("unreachable", "The server does not answer", { cause, retryable: true });
  }
}
