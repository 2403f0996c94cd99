import { reasonOf } from "@sensorium/protocol";
import { type CryptoKey, createLocalJWKSet, errors, type FlattenedJWSInput, type JWSHeaderParameters } from "jose";
import type { Log } from "../../observe/log.ts";
import { isLoopback } from "../access.ts";
import type { ServeClock } from "../clock.ts";

/** Where keys are, and who hears when they cannot be had. */
export interface RemoteKeysOptions {
  readonly url: string;
  readonly clock: ServeClock;
  readonly log: Log;
}

type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

/** Keys are asked for anew this often, so that those taken back are known here. */
const REFRESH_MS = 600_000;
/** The least time from one question to the next, whatever tokens come and whether the server answers. */
const COOLDOWN_MS = 10_000;
const TIMEOUT_MS = 3_000;
const MAX_BYTES = 1024 * 1024;

/** The public keys of another issuer. Known ones stay good while its server is away; nobody can make us pester it. */
export class RemoteKeys {
  readonly #options: RemoteKeysOptions;
  #find: FindKey | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  #failing = false;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
    const { protocol, host, hostname } = new URL(options.url);
    if (protocol === "https:" || isLoopback(hostname)) return;
    options.log.warn({ host }, "the keys of the other issuer come unencrypted: whoever is on the way can log in");
  }

  /** Asks for the keys, unless they were asked for just now. Never rejects. */
  async load(): Promise<void> {
    if (this.#asking === undefined) {
      const now = this.#options.clock.now();
      if (now - this.#askedMs < COOLDOWN_MS) return;
      this.#askedMs = now;
      this.#asking = this.#ask().finally(() => {
        this.#asking = undefined;
      });
    }
    await this.#asking;
  }

  /** @throws JOSEError when there is no such key. */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#options.clock.now() - this.#askedMs >= REFRESH_MS) await this.load();
    try {
      return await this.#lookUp(header, token);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
      // It may have been made since.
      await this.load();
      return await this.#lookUp(header, token);
    }
  }

  #lookUp: FindKey = async (header, token) => {
    if (!this.#find) throw new errors.JWKSNoMatchingKey();
    return this.#find(header, token);
  };

  async #ask(): Promise<void> {
    const { url, log } = this.#options;
    const { host } = new URL(url);
    try {
      this.#find = createLocalJWKSet(JSON.parse(await download(url)));
      if (this.#failing) log.info({ host }, "the keys of the other issuer can be had again");
      this.#failing = false;
    } catch (thrown) {
      if (!this.#failing) log.warn({ host, reason: whyNot(thrown) }, "the keys of the other issuer cannot be had");
      this.#failing = true;
    }
  }
}

async function download(url: string): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const reply = await fetch(url, { signal, redirect: "error", headers: { accept: "application/json" } });
  if (!reply.ok || !reply.body) throw new Error(`its server answered with ${reply.status}`);
  let text = "";
  for await (const part of reply.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.length > MAX_BYTES) throw new Error("its server sent more than a megabyte");
  }
  return text;
}

/** `fetch` says only that it failed; what is behind it says why. */
const whyNot = (thrown: unknown): string =>
  reasonOf(thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown);
