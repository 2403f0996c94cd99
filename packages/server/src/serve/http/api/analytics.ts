import { type analytics, endpoints } from "@sensorium/protocol/rest";
import type { FastifyInstance } from "fastify";
import type { Happening } from "../../../storage/history.ts";
import { note } from "../../auth/audit.ts";
import { told } from "../../streaming/told.ts";
import { notUnderstood, refusal } from "../replies.ts";
import { serveData, servePage } from "./endpoint.ts";
import { recordedIn, spanFor, timeOf } from "./scope.ts";
import type { ApiContext } from "./sources.ts";
import { peakTime, summaryOf } from "./summary.ts";

const MINUTE_MS = 60_000;
const INTERVAL_MS = { "1m": MINUTE_MS, "5m": 5 * MINUTE_MS, "15m": 15 * MINUTE_MS, "1h": 3_600_000, "1d": 86_400_000 };
const MOST_STEPS = 5_000;

/** Figures of a span of time, and what happened in it. */
export function serveAnalytics(app: FastifyInstance, context: ApiContext): void {
  const { history, clock } = context;

  serveData(app, endpoints.summary, {
    answer({ query, principal }) {
      const asked = { ...spanFor(query, clock.now()), environments: recordedIn(principal, query.environment_id) };
      return summaryOf(context, { ...asked, granularity: query.granularity });
    },
  });

  servePage(app, endpoints.events, {
    async answer({ query, principal }) {
      const { event_type, severity, page, per_page: limit } = query;
      const { items, total } = await history.happenings({
        ...spanFor(query, clock.now()),
        environments: recordedIn(principal, query.environment_id),
        kinds: event_type && [event_type],
        severities: severity && [severity],
        ...{ limit, skip: (page - 1) * limit },
      });
      return { items: items.map(eventOf), total };
    },
  });

  serveData(app, endpoints.acknowledgeEvent, {
    audit: "event-acknowledged",
    async answer({ params: { event_id: id }, principal, request }) {
      const [environments, by] = [recordedIn(principal, undefined), principal?.name ?? "local"];
      const happening = await history.acknowledge({ id, by, atMs: clock.now(), environments });
      if (!happening) throw refusal(404, "There is no event with this id");
      note(request, { target: id, environment: happening.event.environment });
      return eventOf(happening);
    },
  });

  serveData(app, endpoints.occupancy, {
    async answer({ query, principal }) {
      const [span, bucketMs] = [spanFor(query, clock.now()), INTERVAL_MS[query.interval]];
      if ((span.toMs - span.fromMs) / bucketMs > MOST_STEPS) {
        throw notUnderstood("query", {
          field: "interval",
          reason: `must be longer: there are at most ${MOST_STEPS} steps`,
        });
      }
      const environments = recordedIn(principal, query.environment_id);
      const { current, average, peak, peakMs, timeline } = await history.occupancy({ ...span, environments, bucketMs });
      return {
        current,
        average,
        peak: { occupancy: peak, timestamp: peakTime({ peak, peakMs }) },
        timeline: timeline.map(({ startMs, ...step }) => ({ timestamp: timeOf(startMs), ...step })),
      };
    },
  });
}

function eventOf({ kind, severity, event, acknowledged }: Happening): analytics.AnalyticsEventRecord {
  const shown = told(event);
  if (shown?.type !== "activity_event") throw new Error(`an event of the type ${event.type} befalls nobody`);
  const { event_type, person_id, track_id, confidence, location, details, actions } = shown.data;
  return {
    event_id: event.id,
    type: kind,
    event: event_type,
    severity,
    timestamp: timeOf(event.wallMs),
    environment_id: event.environment,
    ...{ person_id, track_id, confidence, location },
    // In its pixels the location is.
    metadata: "camera" in event && event.camera !== null ? { ...details, camera_id: event.camera } : details,
    actions_taken: actions,
    acknowledged: acknowledged && { at: timeOf(acknowledged.atMs), by: acknowledged.by },
    simulated: event.simulated,
  };
}
