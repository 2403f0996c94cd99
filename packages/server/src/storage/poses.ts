import { type Kysely, type SelectQueryBuilder, sql } from "kysely";
import type { PoseRecord } from "../pipeline/pose-record.ts";
import type { Found, HistorySpan, PosesQuery, RecordedTrack, TrackPoint, TrackQuery } from "./history.ts";
import type { PoseRow } from "./history-schema.ts";
import { unpackKeypoints } from "./keypoints.ts";
import type { Schema } from "./schema.ts";
import { environmentsOf, listed } from "./scope.ts";

/** So that a page does not take longer to count than to read. */
const TOTAL_LIMIT = 1_000_000;
const POINTS_LIMIT = 20_000;
/** Longer than any gap between two samples of one track. */
const TRACK_GAP_MS = 150_000;

/** A page of poses by time and then person, oldest first. */
export async function poses(db: Kysely<Schema>, query: PosesQuery): Promise<Found<PoseRecord>> {
  const matching = await matchingPoses(db, query);
  const from = await pageStart(matching, query);
  const following = await matchingPoses(db, { ...query, fromMs: from.wallMs });
  const rows = await following
    .selectAll()
    .orderBy("wall_ms")
    .orderBy("person")
    .limit(query.limit)
    .offset(from.skip)
    .execute();
  const { total } = await db
    .selectFrom(matching.select("wall_ms").limit(TOTAL_LIMIT).as("counted"))
    .select((row) => row.fn.countAll().as("total"))
    .executeTakeFirstOrThrow();
  return { items: rows.map(poseRecord), total: Number(total) };
}

/**
 * The time at which a page begins, and how many of that time to leave out: found in an index alone, where leaving out
 * many whole rows would carry all of them along.
 */
async function pageStart(
  matching: Matching,
  { skip, fromMs }: PosesQuery,
): Promise<{ readonly wallMs: number; readonly skip: number }> {
  if (skip === 0) return { wallMs: fromMs, skip };
  const first = await matching.select("wall_ms").orderBy("wall_ms").offset(skip).limit(1).executeTakeFirst();
  if (!first) return { wallMs: Number.MAX_SAFE_INTEGER, skip: 0 };
  const before = matching.where("wall_ms", "<", first.wall_ms);
  const { passed } = await before.select((row) => row.fn.countAll().as("passed")).executeTakeFirstOrThrow();
  return { wallMs: first.wall_ms, skip: skip - Number(passed) };
}

/** How many different people poses were recorded of. */
export async function persons(db: Kysely<Schema>, { environments, ...span }: HistorySpan): Promise<number> {
  let total = 0;
  for (const environment of new Set(environments ?? (await environmentsOf(db, "pose_history")))) {
    total += await personsIn(db, environment, span);
  }
  return total;
}

/** Goes from number to number in the index, so that it takes as long as there are people, not poses. */
async function personsIn(
  db: Kysely<Schema>,
  environment: string,
  { fromMs, toMs }: Omit<HistorySpan, "environments">,
): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    with recursive numbers (person) as (
      select min(person) from pose_history where environment = ${environment}
      union all
      select (select min(person) from pose_history where environment = ${environment} and person > numbers.person)
      from numbers where numbers.person is not null
    )
    select count(*) as total from numbers where exists (
      select 1 from pose_history where environment = ${environment} and person = numbers.person
        and wall_ms >= ${fromMs} and wall_ms < ${toMs}
    )`.execute(db);
  return rows[0]?.total ?? 0;
}

type Which = HistorySpan & Partial<Pick<PosesQuery, "person" | "track" | "minScore">>;
type Matching = SelectQueryBuilder<Schema, "pose_history", object>;

/** All indexes begin with the environment, so that it is always said. */
async function matchingPoses(
  db: Kysely<Schema>,
  { environments, fromMs, toMs, person, track, minScore }: Which,
): Promise<Matching> {
  return db
    .selectFrom("pose_history")
    .where("environment", "in", listed(environments ?? (await environmentsOf(db, "pose_history"))))
    .where("wall_ms", ">=", fromMs)
    .where("wall_ms", "<", toMs)
    .$if(person !== undefined, (rows) => rows.where("person", "=", person ?? 0))
    .$if(track !== undefined, (rows) => rows.where("track", "=", track ?? 0))
    .$if(minScore !== undefined, (rows) => rows.where("score", ">=", minScore ?? 0));
}

/** The newest track of a number, or null. */
export async function track(db: Kysely<Schema>, query: TrackQuery): Promise<RecordedTrack | null> {
  const { environments, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER } = query;
  const span = { fromMs, toMs, track: query.track };
  const all = await matchingPoses(db, { ...span, environments });
  const newest = await all.selectAll().orderBy("wall_ms", "desc").limit(1).executeTakeFirst();
  if (!newest) return null;
  const own = await matchingPoses(db, { ...span, environments: [newest.environment] });
  const rows = await own
    .select(["wall_ms", "frame", "score", "x1", "y1", "x2", "y2"])
    .where("camera", "=", newest.camera)
    .orderBy("wall_ms", "desc")
    .limit(POINTS_LIMIT)
    .execute();
  const breakAt = rows.findIndex((row, i) => isAnother(row, rows[i - 1]));
  return recordedTrack(newest, rows.slice(0, breakAt < 0 ? rows.length : breakAt).reverse());
}

type PointRow = Pick<PoseRow, "wall_ms" | "frame" | "score" | "x1" | "y1" | "x2" | "y2">;

/** Whether a sample belongs to an earlier track of the same number than the one that follows it. */
function isAnother(row: PointRow, next: PointRow | undefined): boolean {
  return next !== undefined && (row.frame >= next.frame || next.wall_ms - row.wall_ms > TRACK_GAP_MS);
}

function recordedTrack(newest: PoseRow, rows: readonly PointRow[]): RecordedTrack {
  const oldest = rows[0] ?? newest;
  return {
    environment: newest.environment,
    camera: newest.camera,
    track: newest.track,
    person: newest.person,
    size: { width: newest.width, height: newest.height },
    firstSeenMs: oldest.wall_ms,
    lastSeenMs: newest.wall_ms,
    frames: rows.length,
    averageScore: rows.reduce((sum, { score }) => sum + score, 0) / rows.length,
    points: rows.map(pointOf),
    simulated: newest.simulated === 1,
  };
}

const pointOf = ({ wall_ms, score, x1, y1, x2, y2 }: PointRow): TrackPoint => ({
  wallMs: wall_ms,
  x: (x1 + x2) / 2,
  y: (y1 + y2) / 2,
  score,
});

function poseRecord(row: PoseRow): PoseRecord {
  const { x1, y1, x2, y2, width, height } = row;
  return {
    environment: row.environment,
    camera: row.camera,
    person: row.person,
    track: row.track,
    frame: row.frame,
    wallMs: row.wall_ms,
    score: row.score,
    box: { x1, y1, x2, y2 },
    size: { width, height },
    keypoints: row.keypoints && unpackKeypoints(row.keypoints),
    activity: { type: row.activity, confidence: row.activity_score },
    model: row.model,
    simulated: row.simulated === 1,
  };
}
