import type { Kysely } from "kysely";
import { acknowledge, happenings } from "./happenings.ts";
import type { HistoryRecords } from "./history.ts";
import { occupancy } from "./occupancy.ts";
import { lastPerson } from "./persons.ts";
import type { PoseLog } from "./pose-log.ts";
import { persons, poses, track } from "./poses.ts";
import type { Schema } from "./schema.ts";
import { windows } from "./windows.ts";

/** The records in a migrated database, and the poses that its node has yet to write. */
export function historyRecords(db: Kysely<Schema>, poseLog: PoseLog): HistoryRecords {
  return {
    addPoses: (rows) => poseLog.add(rows),
    poses: (query) => poses(db, query),
    track: (query) => track(db, query),
    persons: (span) => persons(db, span),
    windows: (query) => windows(db, query),
    happenings: (query) => happenings(db, query),
    acknowledge: (note) => acknowledge(db, note),
    occupancy: (query) => occupancy(db, query),
    lastPerson: ({ environment }) => lastPerson(db, { epoch: poseLog.epoch, environment }),
  };
}
