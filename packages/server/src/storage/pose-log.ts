import { SensoriumError } from "@sensorium/protocol";
import type { Kysely, Transaction } from "kysely";
import type { PoseRecord } from "../pipeline/pose-record.ts";
import type { PoseRow } from "./history-schema.ts";
import { packKeypoints } from "./keypoints.ts";
import type { Schema } from "./schema.ts";
import { storable } from "./storable.ts";

const POSES_LIMIT = 1000;

/** The poses of this node in the order in which they were recorded; those that became too old are missing. */
export class PoseLog {
  readonly #db: Kysely<Schema>;
  readonly epoch: string;
  #lastSeq: number;

  private constructor(db: Kysely<Schema>, epoch: string, lastSeq: number) {
    this.#db = db;
    this.epoch = epoch;
    this.#lastSeq = lastSeq;
  }

  /** `epoch` is that of the node's event log, in the same database. */
  static async open(db: Kysely<Schema>, epoch: string): Promise<PoseLog> {
    return new PoseLog(db, epoch, await poseCursor(db, epoch));
  }

  /** The newest durable one's; 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Commits poses, at most 1000. One call at a time. */
  async add(poses: readonly PoseRecord[]): Promise<void> {
    if (poses.length === 0) return;
    if (poses.length > POSES_LIMIT) {
      throw new SensoriumError("store-failed", `${poses.length} poses in one call, ${POSES_LIMIT} is the most`);
    }
    const from = this.#lastSeq;
    const rows = poses.map((pose, i) => poseRow(pose, { epoch: this.epoch, seq: from + 1 + i }));
    const to = from + rows.length;
    await this.#db.transaction().execute((trx) => takePoses(trx, rows, { epoch: this.epoch, from, to }));
    this.#lastSeq = to;
  }

  /** What follows a `seq`, and the one from which to go on. */
  async after(seq: number, limit: number): Promise<{ readonly rows: readonly PoseRow[]; readonly next: number }> {
    const last = this.#lastSeq;
    const rows = await this.#db
      .selectFrom("pose_history")
      .selectAll()
      .where("epoch", "=", this.epoch)
      .where("seq", ">", seq)
      .orderBy("seq")
      .limit(limit)
      .execute();
    return { rows, next: rows.at(-1)?.seq ?? Math.max(seq, last) };
  }
}

/** Up to which `seq` a database has the poses of a node. */
export async function poseCursor(db: Kysely<Schema>, epoch: string): Promise<number> {
  const { seq } = await db
    .insertInto("pose_cursors")
    .values({ epoch, seq: 0 })
    .onConflict((conflict) =>
      conflict.column("epoch").doUpdateSet((found) => ({ epoch: found.ref("pose_cursors.epoch") })),
    )
    .returning("seq")
    .executeTakeFirstOrThrow();
  return seq;
}

/** Writes poses and moves the cursor over them, in one transaction; refused where the cursor has moved already. */
export async function takePoses(
  trx: Transaction<Schema>,
  rows: readonly PoseRow[],
  { epoch, from, to }: { readonly epoch: string; readonly from: number; readonly to: number },
): Promise<void> {
  const moved = await trx
    .updateTable("pose_cursors")
    .set({ seq: to })
    .where("epoch", "=", epoch)
    .where("seq", "=", from)
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) {
    throw new SensoriumError("store-failed", "an earlier delivery of poses arrived late", { retryable: true });
  }
  if (rows.length > 0)
    await trx
      .insertInto("pose_history")
      .values([...rows])
      .execute();
}

function poseRow(pose: PoseRecord, place: Pick<PoseRow, "epoch" | "seq">): PoseRow {
  const { box, size, activity } = pose;
  return storable({
    ...place,
    environment: pose.environment,
    camera: pose.camera,
    person: pose.person,
    track: pose.track,
    frame: pose.frame,
    wall_ms: pose.wallMs,
    score: pose.score,
    x1: Math.round(box.x1),
    y1: Math.round(box.y1),
    x2: Math.round(box.x2),
    y2: Math.round(box.y2),
    width: size.width,
    height: size.height,
    keypoints: pose.keypoints && packKeypoints(pose.keypoints),
    activity: activity.type,
    activity_score: activity.confidence,
    model: pose.model,
    simulated: Number(pose.simulated),
  });
}
