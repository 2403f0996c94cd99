import { ClientError } from "./error.ts";
import { type Fetch, platformFetch, sendOnce } from "./requests.ts";

/** A user's name and password. */
export interface Password {
  readonly username: string;
  readonly password: string;
}

/** Who logs in, and how. */
export interface LoginOptions extends Password {
  /** Sends requests in another way than by the platform's `fetch`. */
  readonly fetch?: Fetch;
}

/** Somebody who is logged in. */
export interface Login {
  /**
   * To be handed to `connect`: the token, and a fresh one each time it is called again. Several who call at once are
   * given the same one, as each refresh token is good once.
   */
  readonly getToken: () => Promise<string>;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
}

/**
 * Logs in at the server at `url` (`http://host:8000`). The password is used once; after that, tokens are renewed by each
 * other. Throws `credentials-refused` for a wrong one, and other {@link ClientError}s as requests do.
 */
export async function login(url: string | URL, { fetch = platformFetch, ...password }: LoginOptions): Promise<Login> {
  const ask = async (address: string, body: object): Promise<Tokens> =>
    (await sendOnce({ method: "POST", address, body }, { url: String(url), fetch })) as Tokens;
  let tokens = await ask("/auth/token", password);
  let fresh = true;
  let asking: Promise<string> | undefined;
  const next = async (): Promise<string> => {
    const { refresh_token } = tokens;
    if (!fresh) {
      if (refresh_token === undefined) throw new ClientError("credentials-refused", "This login has run out");
      tokens = await ask("/auth/refresh", { refresh_token });
    }
    fresh = false;
    return tokens.access_token;
  };
  const getToken = (): Promise<string> => {
    asking ??= next().finally(() => {
      asking = undefined;
    });
    return asking;
  };
  return { getToken };
}
