import { ApiFixture, type RestReply } from "./api.fixture.ts";
import { HandClock } from "./hand-clock.ts";

export const HOUR_MS = 3_600_000;

/** When the fixture's clock begins. */
export const nowMs = new HandClock().now();

/** As the wire writes it. */
export const time = (ms: number): string => new Date(ms).toISOString();

/** The query for the last hours. */
export const spanOf = (hours = 4): string => `start_time=${time(nowMs - hours * HOUR_MS)}&end_time=${time(nowMs + 1)}`;

/** The server of `ApiFixture`, and keys for it, which do not run out while the clock is turned. */
export class ApiClients implements AsyncDisposable {
  readonly parts: ApiFixture["parts"];
  /** Of somebody who may do everything. */
  readonly admin: string;
  /** Of an operator who is limited to `room_001`. */
  readonly operator: string;
  readonly #fixture: ApiFixture;

  private constructor(fixture: ApiFixture, { admin, operator }: { readonly admin: string; readonly operator: string }) {
    this.parts = fixture.parts;
    this.admin = admin;
    this.operator = operator;
    this.#fixture = fixture;
  }

  static async open(): Promise<ApiClients> {
    const fixture = await ApiFixture.open();
    const { access } = fixture.parts;
    const { key: admin } = await access.key(["admin"]);
    const { key: operator } = await access.key(["operate"], { environments: ["room_001"] });
    return new ApiClients(fixture, { admin, operator });
  }

  /** As `ApiFixture.ask`. */
  ask(...asked: Parameters<ApiFixture["ask"]>): Promise<RestReply> {
    return this.#fixture.ask(...asked);
  }

  /** Asks as the administrator when nobody else is named. */
  get(path: string, token = this.admin): Promise<RestReply> {
    return this.ask(`GET ${path}`, { token });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#fixture[Symbol.asyncDispose]();
  }
}
