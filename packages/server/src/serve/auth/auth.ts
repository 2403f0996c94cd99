import type { IncomingMessage } from "node:http";
import type { auth } from "@sensorium/protocol/wire";
import { decodeProtectedHeader } from "jose";
import { type Log, silentLog } from "../../observe/log.ts";
import type { AccessRecords } from "../../storage/access.ts";
import type { UserRow } from "../../storage/schema.ts";
import type { Unchanged } from "../../storage/users.ts";
import { type ServeClock, serveClock } from "../clock.ts";
import { Accounts, type Refreshed, type Revocable } from "./accounts.ts";
import { type Admission, Admissions } from "./admissions.ts";
import type { Found } from "./claims.ts";
import { type Door, type Shown, shownBy } from "./credentials.ts";
import { FOREIGN_PAGE, type Gate, isOwnPage } from "./gate.ts";
import { Issuer, type IssuerOptions } from "./issuer.ts";
import { LoginAttempts } from "./login-attempts.ts";
import { type Peer, peerFinder, type TrustProxy } from "./peer.ts";
import { type Answer, ownSession, type Principal } from "./principal.ts";
import { KEY_PREFIX } from "./secrets.ts";
import { ALGORITHM, newSigningKey, TOKEN_SECONDS, Tokens } from "./tokens.ts";
import { newAdmin, type UserRequest, Users, userOf } from "./users.ts";

/** What deciding needs. */
export interface AuthOptions {
  readonly records: AccessRecords;
  /** How many proxies every request passes, or their addresses and subnets; none when absent. */
  readonly trustProxy?: TrustProxy | undefined;
  /** Somebody else whose tokens are good too. */
  readonly issuer?: IssuerOptions | undefined;
  readonly clock?: ServeClock;
  readonly log?: Log;
}

/**
 * Of a port whose protocol knows no tokens: nobody needs one; or whoever connects from elsewhere does, and with
 * `onLoopback` every program here too.
 */
export type TokenRule = "never" | { readonly auth: Auth; readonly onLoopback: boolean };

interface AuthInit {
  readonly options: AuthOptions;
  readonly clock: ServeClock;
  readonly tokens: Tokens;
  readonly used: boolean;
}

/** Knows users, their programs and their tokens, and decides by them who is let in. */
export class Auth implements Gate {
  readonly accounts: Accounts;
  readonly users: Users;
  readonly tokens: Tokens;
  readonly attempts: LoginAttempts;
  /** Whether anybody had logged in when this was opened. */
  readonly used: boolean;
  readonly peerOf: (request: IncomingMessage) => Peer;
  readonly #records: AccessRecords;
  readonly #clock: ServeClock;
  readonly #admissions: Admissions;
  readonly #issuer: Issuer | undefined;
  readonly #log: Log;

  private constructor({ options, clock, tokens, used }: AuthInit) {
    this.accounts = new Accounts(options.records, clock);
    this.users = new Users(options.records, clock);
    this.tokens = tokens;
    this.attempts = new LoginAttempts(clock);
    this.used = used;
    this.peerOf = peerFinder(options.trustProxy);
    this.#records = options.records;
    this.#clock = clock;
    this.#admissions = new Admissions(clock);
    const { issuer, log = silentLog } = options;
    this.#log = log;
    this.#issuer = issuer && new Issuer(issuer, { clock, log });
    void this.#issuer?.prepare();
  }

  /** Takes up users and keys of a store; on its first start, makes an admin and a signing key. */
  static async open(options: AuthOptions): Promise<Auth> {
    const { clock = serveClock } = options;
    const now = clock.now();
    const known = await options.records.prepareAccess({ user: newAdmin(now), key: newSigningKey(now) });
    const tokens = new Tokens(known.signingKeys, clock);
    return new Auth({ options, clock, tokens, used: known.used });
  }

  /** The token of a link that logs the first admin in, once and within a quarter of an hour. */
  createLoginLink(): Promise<string> {
    return this.accounts.createLoginLink();
  }

  /** Signs with a new key from now on, and returns its id; tokens of older keys stay good until they run out. */
  async rotateSigningKey(): Promise<string> {
    const now = this.#clock.now();
    const next = { key: newSigningKey(now), othersEndMs: now + TOKEN_SECONDS * 1000 };
    await this.#records.addSigningKey(next);
    this.tokens.follow(next);
    return next.key.id;
  }

  /** Who a request shows to be; the client is not told what is wrong with a credential. */
  async authenticate(request: IncomingMessage, door: Door): Promise<Answer> {
    const shown = shownBy(request, door);
    if (!shown) return refused("Log in or send a token", "no credentials");
    if (shown.kind === "session" && !isOwnPage(request.headers)) return { ok: false, refusal: FOREIGN_PAGE };
    return this.#recognize(shown);
  }

  /** Whose a token or API key is that was shown after the handshake. */
  async recognize(secret: string): Promise<Answer> {
    const answer = await this.#recognize({ kind: "token", secret });
    if (!answer.ok) this.#log.info({ reason: answer.refusal.reason }, "a credential was refused");
    return answer;
  }

  hold(principal: Principal): Admission {
    return this.#admissions.admit(principal);
  }

  /** Goes on with a program's login; one whose refresh token was used before is over, and all its connections. */
  async refresh(token: string): Promise<Refreshed | null> {
    const refreshed = await this.accounts.refresh(token);
    const { credential } = refreshed?.principal ?? {};
    if (refreshed?.reused && credential) this.#admissions.end(credential);
    return refreshed;
  }

  /** Takes a login or API key back, and ends the connections it has opened; false when there is none. */
  async end(kind: Revocable, id: string): Promise<boolean> {
    const ended = await this.accounts.end(kind, id);
    this.#admissions.end(id);
    return ended;
  }

  /**
   * Changes a user. What they may do holds at once for every login, token and key of theirs; connections, which were
   * let in by what they might before, end. So do those of logins that end with the old password.
   */
  async changeUser(request: UserRequest): Promise<auth.User | Unchanged> {
    const changed = await this.users.change(request);
    if (typeof changed === "string") return changed;
    const { before, after, ended } = changed;
    const rightsChanged = before.scopes !== after.scopes || before.environments !== after.environments;
    for (const owner of rightsChanged ? [after.id] : ended) this.#admissions.end(owner);
    return userOf(after);
  }

  /** Removes a user, and ends every connection that they or their programs have. */
  async removeUser(id: string): Promise<UserRow | Unchanged> {
    const removed = await this.users.remove(id);
    if (typeof removed !== "string") this.#admissions.end(id);
    return removed;
  }

  /** Sets the password of a principal's user, and ends that user's other logins; false when it is no user of ours. */
  async setPassword(principal: Principal, password: string): Promise<boolean> {
    const keep = ownSession(principal);
    return typeof (await this.changeUser({ id: principal.userId, change: { password }, keep })) !== "string";
  }

  async #recognize(shown: Shown): Promise<Answer> {
    const found = await this.#find(shown);
    return typeof found === "string"
      ? refused("These credentials are not valid", found)
      : { ok: true, principal: found };
  }

  async #find({ kind, secret }: Shown): Promise<Found> {
    if (kind === "session") return (await this.accounts.find("session", secret)) ?? "no such session";
    if (secret.startsWith(KEY_PREFIX)) return (await this.accounts.find("api-key", secret)) ?? "no such API key";
    if (this.#issuer && !isOurs(secret)) return this.#issuer.verify(secret);
    const found = await this.tokens.verify(secret);
    if (typeof found === "string") return found;
    return (await this.accounts.holderOf(found)) ?? "its login is over, or its user gone";
  }
}

/** Told by the way it says it is signed, which is then the only one it may be signed in. */
function isOurs(token: string): boolean {
  try {
    return decodeProtectedHeader(token).alg === ALGORITHM;
  } catch {
    return true;
  }
}

const refused = (sentence: string, reason: string): Answer => ({
  ok: false,
  refusal: { status: 401, sentence, reason },
});
