import type { SensoriumEvent } from "@sensorium/protocol";
import type { Kysely } from "kysely";
import { type HappeningEvent, severityOf } from "../pipeline/severity.ts";
import { parseBody } from "./event-body.ts";
import type { Acknowledgement, Found, Happening, HappeningKind, HappeningsQuery } from "./history.ts";
import type { ActivityRow } from "./history-schema.ts";
import type { Schema } from "./schema.ts";
import { listed } from "./scope.ts";

/** What the REST API calls each of them. An alert that inactivity raises is an event of its own. */
const KINDS = { fall: "fall", alert: "alert", inactivity: "activity", "activity-changed": "activity" } as const;

export const isHappening = (event: SensoriumEvent): event is HappeningEvent => event.type in KINDS;

export const kindOf = (event: HappeningEvent): HappeningKind => KINDS[event.type];

export function activityRow(event: HappeningEvent): ActivityRow {
  return {
    id: event.id,
    environment: event.environment,
    kind: kindOf(event),
    severity: severityOf(event),
    person: event.person,
    track: event.track,
    wall_ms: event.wallMs,
    body: JSON.stringify(event),
    acknowledged_ms: null,
    acknowledged_by: null,
  };
}

/** A page of falls, alerts and activities, newest first. */
export async function happenings(db: Kysely<Schema>, query: HappeningsQuery): Promise<Found<Happening>> {
  const { environments, fromMs, toMs, kinds = [], severities = [], limit, skip } = query;
  const matching = db
    .selectFrom("activity_events")
    .$if(fromMs !== undefined, (rows) => rows.where("wall_ms", ">=", fromMs ?? 0))
    .$if(toMs !== undefined, (rows) => rows.where("wall_ms", "<", toMs ?? 0))
    .$if(environments !== null, (rows) => rows.where("environment", "in", listed(environments ?? [])))
    .$if(kinds.length > 0, (rows) => rows.where("kind", "in", kinds))
    .$if(severities.length > 0, (rows) => rows.where("severity", "in", severities));
  const newest = matching.selectAll().orderBy("wall_ms", "desc").orderBy("id", "desc");
  const rows = await newest.limit(limit).offset(skip).execute();
  const { total } = await matching.select((row) => row.fn.countAll().as("total")).executeTakeFirstOrThrow();
  return { items: rows.map(happening), total: Number(total) };
}

/** Notes who saw to something first; null where it is not in these environments. */
export async function acknowledge(db: Kysely<Schema>, { environments, ...note }: Acknowledgement) {
  return await db.transaction().execute(async (trx): Promise<Happening | null> => {
    await trx
      .updateTable("activity_events")
      .set({ acknowledged_ms: note.atMs, acknowledged_by: note.by })
      .where("id", "=", note.id)
      .where("acknowledged_ms", "is", null)
      .$if(environments !== null, (rows) => rows.where("environment", "in", listed(environments ?? [])))
      .execute();
    const row = await trx
      .selectFrom("activity_events")
      .selectAll()
      .where("id", "=", note.id)
      .$if(environments !== null, (rows) => rows.where("environment", "in", listed(environments ?? [])))
      .executeTakeFirst();
    return row ? happening(row) : null;
  });
}

function happening(row: ActivityRow): Happening {
  const { kind, severity, acknowledged_ms: atMs, acknowledged_by: by } = row;
  const event = parseBody(row.body, row.id);
  if (!isHappening(event)) throw new TypeError(`the event ${row.id} is none of its table`);
  return { kind, severity, event, acknowledged: atMs === null ? null : { atMs, by: by ?? "" } };
}
