import type { Pagination } from "@sensorium/protocol/wire";
import { silentLog } from "../../observe/log.ts";
import type { HttpOptions } from "../http/options.ts";
import { HttpServer } from "../http/server.ts";
import { TestAuth } from "./auth.fixture.ts";
import type { HandClock } from "./hand-clock.ts";
import { directoryOf, ScriptedCamera } from "./scripted-camera.ts";

/** What is asked besides its address. */
export interface Asked {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back; `data` is what the test says it is. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly data: never;
  readonly error: { readonly code: string; readonly message: string };
  readonly pagination: Pagination;
}

/** A server with a camera and an admin, on a port of its own. */
export class AuthServer implements AsyncDisposable {
  readonly access: TestAuth;
  readonly http: HttpServer;
  /** The text of all answers. */
  readonly answers: string[] = [];

  private constructor(access: TestAuth, http: HttpServer) {
    this.access = access;
    this.http = http;
  }

  static async open(clock: HandClock, options: Partial<HttpOptions> = {}): Promise<AuthServer> {
    const access = await TestAuth.open(clock);
    const { auth, trail } = access;
    const usual = { auth, trail, clock, log: silentLog, pageFolder: "/nonexistent", port: 0 };
    const cameras = directoryOf(new ScriptedCamera());
    return new AuthServer(access, await HttpServer.listen({ ...usual, cameras, ...options }));
  }

  get port(): number {
    return this.http.port;
  }

  /** Asks the REST API something such as `GET auth/me`. */
  async ask(what: string, { body, headers = {} }: Asked = {}): Promise<Answered> {
    const [method = "", path] = what.split(" ");
    const reply = await fetch(`http://127.0.0.1:${this.port}/api/v1/${path}`, {
      method,
      headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    this.answers.push(text);
    return { status: reply.status, headers: reply.headers, ...JSON.parse(text) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.http[Symbol.asyncDispose]();
    await this.access[Symbol.asyncDispose]();
  }
}
