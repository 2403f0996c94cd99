import type { analytics } from "@sensorium/protocol/rest";

type Told = analytics.AnalyticsEventRecord;

/** One fall, from the first that was told of it to the last. */
export interface Fall {
  /** The event that says most of it; what is acknowledged. */
  readonly id: string;
  readonly environment: string;
  readonly person: number | null;
  /** When it was first told. */
  readonly atMs: number;
  /** `suspected` while, or because, nothing confirmed it. */
  readonly state: "suspected" | "lying" | "recovered";
  /** Seconds from the beginning of the fall to what was told last. */
  readonly seconds: number | null;
  readonly confidence: number;
  /** 0..1, 1 for a free fall. */
  readonly impact: number | null;
  /** In the pixels of the camera's picture. */
  readonly location: Told["location"];
  /** The id of the camera that saw it. */
  readonly camera: string | null;
  readonly acknowledged: Told["acknowledged"];
  readonly simulated: boolean;
}

const STATES: Readonly<Partial<Record<Told["event"], Fall["state"]>>> = {
  fall_suspected: "suspected",
  fall_detected: "lying",
  fall_recovered: "recovered",
};

/** The falls that `records` tell of, whatever their order; those that began last first. */
export function fallsIn(records: readonly Told[]): readonly Fall[] {
  const falls: Fall[] = [];
  const lying = new Map<string, number>();
  for (const record of records.toSorted((one, other) => Date.parse(one.timestamp) - Date.parse(other.timestamp))) {
    const state = STATES[record.event];
    if (!state) continue;
    const who = `${record.environment_id} ${record.person_id}`;
    const known = lying.get(who);
    const before = known === undefined ? undefined : falls[known];
    // Whoever is suspected to fall again has been up meanwhile.
    if (known !== undefined && before && state !== "suspected") falls[known] = after(before, { record, state });
    else lying.set(who, falls.push(first(record, state)) - 1);
    if (state === "recovered") lying.delete(who);
  }
  return falls.reverse();
}

/** Whether somebody ought to look after it: it was confirmed, and nobody has said that they have. */
export const isOpen = ({ state, acknowledged }: Fall): boolean => state !== "suspected" && acknowledged === null;

function first(record: Told, state: Fall["state"]): Fall {
  const { fall_duration: seconds = null, impact_severity: impact = null, camera_id: camera } = record.metadata;
  return {
    id: record.event_id,
    environment: record.environment_id,
    person: record.person_id,
    atMs: Date.parse(record.timestamp),
    ...{ state, seconds, impact },
    confidence: record.confidence,
    location: record.location,
    camera: typeof camera === "string" ? camera : null,
    acknowledged: record.acknowledged,
    simulated: record.simulated,
  };
}

function after(fall: Fall, { record, state }: { readonly record: Told; readonly state: Fall["state"] }): Fall {
  const news = first(record, state);
  const { id, confidence, location } = state === "recovered" && fall.state === "lying" ? fall : news;
  return {
    ...news,
    ...{ id, confidence, location, atMs: fall.atMs },
    impact: news.impact ?? fall.impact,
    camera: news.camera ?? fall.camera,
    acknowledged: fall.acknowledged ?? news.acknowledged,
  };
}
