import { COCO_KEYPOINTS, type Keypoint } from "@sensorium/protocol";
import { endpoints, type pose } from "@sensorium/protocol/rest";
import type { FastifyInstance } from "fastify";
import type { PoseRecord } from "../../../pipeline/pose-record.ts";
import { boundingBox, keypointsOf, poseData } from "../../streaming/poses.ts";
import { thousandths } from "../../streaming/rounded.ts";
import { refusal } from "../replies.ts";
import { serveData, servePage } from "./endpoint.ts";
import { LatestPoses } from "./latest-poses.ts";
import { presentFor, recordedIn, spanFor, timeOf } from "./scope.ts";
import type { ApiContext } from "./sources.ts";
import { trackingOf } from "./tracking.ts";

/** Who is to be seen now, and who was. */
export function servePoses(app: FastifyInstance, { sensing, history, system, clock }: ApiContext): void {
  const latest = new LatestPoses(sensing, clock);
  app.addHook("onClose", () => latest[Symbol.dispose]());

  serveData(app, endpoints.latestPoses, {
    async answer({ query: { environment_id: named, min_confidence, include_keypoints }, principal }) {
      const [environment] = presentFor(principal, { sensing, named });
      const { state } = system.session(environment);
      if (state === "stopped") throw nothingToShow(`The sensing of ${environment} is stopped`);
      const frame = await latest.of(environment);
      if (!frame) throw nothingToShow(`No camera of ${environment} gives pictures at the moment`);
      const filters = { ...EVERYBODY, min_confidence, include_keypoints };
      const data = poseData(frame, { environment, filters });
      return { ...data, timestamp: timeOf(frame.times.capturedMs), source: frame.source };
    },
  });

  servePage(app, endpoints.poseHistory, {
    async answer({ query, principal }) {
      const { person_id: person, track_id: track, min_confidence: minScore, page, per_page: limit } = query;
      const environments = recordedIn(principal, query.environment_id);
      const place = { limit, skip: (page - 1) * limit };
      const found = await history.poses({
        ...spanFor(query, clock.now()),
        ...place,
        environments,
        person,
        track,
        minScore,
      });
      return { items: found.items.map(recordOf), total: found.total };
    },
  });

  serveData(app, endpoints.tracking, {
    async answer({ params: { track_id: track }, query, principal }) {
      const span = query.start_time || query.end_time ? spanFor(query, clock.now()) : {};
      const found = await history.track({ ...span, track, environments: recordedIn(principal, query.environment_id) });
      if (!found) throw refusal(404, `No track ${track} was recorded`);
      return trackingOf(found, { nowMs: clock.now(), trajectory: query.include_trajectory });
    },
  });

  serveData(app, endpoints.processPose, {
    audit: "nothing",
    answer() {
      throw refusal(501, "This server cannot find poses in Wi-Fi measurements yet", { code: "MODEL_ERROR" });
    },
  });
}

const nothingToShow = (sentence: string): Error => refusal(503, sentence, { code: "HARDWARE_ERROR" });

const EVERYBODY = { include_velocity: true, include_dense_pose: false, zone_ids: null, person_ids: null };

function recordOf(record: PoseRecord): pose.PoseRecord {
  const { box, keypoints } = record;
  return {
    timestamp: timeOf(record.wallMs),
    environment_id: record.environment,
    camera_id: record.camera,
    frame_id: record.frame,
    person_id: record.person,
    track_id: record.track,
    confidence: thousandths(record.score),
    bounding_box: boundingBox(box),
    keypoints: keypoints && keypointsOf(COCO_KEYPOINTS.map((_, i) => pointAt(keypoints, i))),
    simulated: record.simulated,
  };
}

function pointAt(keypoints: readonly number[], index: number): Keypoint {
  const [x = 0, y = 0, score = 0] = keypoints.slice(3 * index, 3 * index + 3);
  return { x, y, score };
}
