import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import type { IssuerOptions } from "../auth/issuer.ts";
import type { ServeClock } from "../clock.ts";

/** A token's claims and header, where they are to differ from a good one's. */
export interface ForeignTokenChange {
  readonly claims?: JWTPayload;
  /** Under which name the key is said to be. */
  readonly kid?: string;
  readonly alg?: string;
  /** Signs in the place of the key that is published. */
  readonly key?: CryptoKey | Uint8Array;
}

interface Pair {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

const NAME = "https://id.example/";

/** Another issuer: its key set over HTTP, and whatever it may sign. */
export class TestIssuer implements AsyncDisposable {
  readonly options: IssuerOptions;
  /** Whether its key set's server answers; it hangs up otherwise. */
  state: "there" | "away" = "there";
  /** What it answers in the place of its keys. */
  answer: string | undefined;
  requests = 0;
  readonly #clock: ServeClock;
  readonly #server: Server;
  readonly #pairs = new Map<string, Pair>();
  readonly #published = new Map<string, JWK>();

  private constructor(server: Server, clock: ServeClock) {
    this.#server = server;
    this.#clock = clock;
    const { port } = server.address() as AddressInfo;
    const roles = { admin: "admin", operator: "operate", viewer: "read" } as const;
    this.options = { url: `http://127.0.0.1:${port}/keys`, issuer: NAME, audience: "cameras", roles };
    server.on("request", (request, reply) => {
      this.requests++;
      if (this.state === "away") request.socket.destroy();
      else reply.end(this.answer ?? JSON.stringify({ keys: [...this.#published.values()] }));
    });
  }

  static async open(clock: ServeClock): Promise<TestIssuer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const issuer = new TestIssuer(server, clock);
    for (const alg of ["RS256", "ES256", "EdDSA"]) await issuer.addKey(alg);
    return issuer;
  }

  /** A new key, named after its algorithm unless otherwise. */
  async addKey(alg: string, kid = alg): Promise<void> {
    const pair = { alg, ...(await generateKeyPair(alg, { extractable: true })) };
    this.#pairs.set(kid, pair);
    this.#published.set(kid, { ...(await exportJWK(pair.publicKey)), kid, use: "sig", alg });
  }

  /** It is published no more; its holder has it still. */
  withdrawKey(kid: string): void {
    this.#published.delete(kid);
  }

  /** The public key as everybody can have it, in PEM. */
  publicKey(kid: string): Promise<string> {
    return exportSPKI(this.#pair(kid).publicKey);
  }

  /** A signed token that is good but for what is changed. */
  token({ claims, kid = "RS256", alg, key }: ForeignTokenChange = {}): Promise<string> {
    const now = Math.floor(this.#clock.now() / 1000);
    const good = { iss: NAME, aud: "cameras", sub: "u1", roles: ["viewer"], iat: now, exp: now + 3600 };
    const header = { alg: alg ?? this.#pair(kid).alg, kid };
    return new SignJWT({ ...good, ...claims }).setProtectedHeader(header).sign(key ?? this.#pair(kid).privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #pair(kid: string): Pair {
    const pair = this.#pairs.get(kid);
    if (!pair) throw new Error(`there is no key ${kid}`);
    return pair;
  }
}
