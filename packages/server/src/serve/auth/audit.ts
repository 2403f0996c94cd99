import { reasonOf } from "@sensorium/protocol";
import { audit } from "@sensorium/protocol/wire";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Log } from "../../observe/log.ts";
import { newEventId } from "../../pipeline/event-id.ts";
import type { AuditRecords } from "../../storage/audit.ts";
import type { AuditRow } from "../../storage/schema.ts";
import type { ServeClock } from "../clock.ts";
import { paged, parseQuery } from "../http/replies.ts";
import type { Need, Principal } from "./principal.ts";

/** What a handler knows of what was done besides what its route and its request say. Never a secret. */
export interface AuditNote {
  /** Where it turned out to be something else. */
  readonly action?: audit.AuditAction;
  /** Who it was, where the route needs nobody. */
  readonly who?: Who | null;
  readonly target?: string;
  readonly environment?: string | null;
}

/** Somebody, as far as they are known. */
export type Who = Pick<Principal, "userId" | "name"> & Partial<Pick<Principal, "by" | "credential">>;

/** What is to be written down of a request that is being answered. */
export interface AuditedRequest extends AuditNote {
  readonly action: audit.AuditAction;
  readonly status: number;
  readonly peer: string;
}

/** Adds to what will be written down of a request. */
export function note(request: FastifyRequest, more: AuditNote): void {
  request.note = { ...request.note, ...more };
}

/** Keeps who did what to the server. */
export class AuditTrail {
  readonly #records: AuditRecords;
  readonly #clock: ServeClock;
  readonly #log: Log;

  constructor(records: AuditRecords, { clock, log }: { readonly clock: ServeClock; readonly log: Log }) {
    this.#records = records;
    this.#clock = clock;
    this.#log = log;
  }

  /** Never rejects: what has been done is not undone for want of a record. */
  async record({ action, status, who, peer, target, environment }: AuditedRequest): Promise<void> {
    const now = this.#clock.now();
    const row: AuditRow = {
      id: newEventId(now),
      at_ms: now,
      action,
      outcome: outcomeOf(status),
      user_id: who?.userId ?? null,
      user_name: who?.name ?? null,
      shown: who?.by ?? null,
      credential: who?.credential ?? null,
      peer,
      target: target ?? null,
      environment: environment ?? null,
    };
    try {
      await this.#records.addAudit(row);
    } catch (thrown) {
      this.#log.error({ action, reason: reasonOf(thrown) }, "what somebody did could not be written down");
    }
  }

  /** A page of entries, newest first, and how many there are in all. */
  async find({ start_time, end_time, action, user, page, per_page }: audit.AuditQuery) {
    const { rows, total } = await this.#records.findAudit({
      ...{ fromMs: msOf(start_time), untilMs: msOf(end_time), action, user },
      ...{ skip: (page - 1) * per_page, limit: per_page },
    });
    return { entries: rows.map(entryOf), total };
  }
}

const NEEDS: Need = { scope: "admin", environments: "all" };

/** `GET /api/v1/audit`. */
export function serveAudit(app: FastifyInstance, trail: AuditTrail): void {
  app.get("/api/v1/audit", { config: { needs: NEEDS } }, async (request, reply) => {
    const query = parseQuery(audit.AuditQuery, request);
    const { entries, total } = await trail.find(query);
    return reply.header("cache-control", "no-store").send(paged(request, entries, { ...query, total }));
  });
}

const outcomeOf = (status: number): audit.AuditOutcome => (status < 400 ? "done" : status < 500 ? "refused" : "failed");

const msOf = (time: string | undefined): number | undefined => (time === undefined ? undefined : Date.parse(time));

const entryOf = (row: AuditRow): audit.AuditEntry =>
  audit.AuditEntry.parse({
    id: row.id,
    timestamp: new Date(row.at_ms).toISOString(),
    action: row.action,
    outcome: row.outcome,
    user_id: row.user_id,
    user_name: row.user_name,
    by: row.shown,
    credential_id: row.credential,
    peer: row.peer,
    target: row.target,
    environment_id: row.environment,
  });
