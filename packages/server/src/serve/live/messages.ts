import type { CameraEvent, Recorded } from "@sensorium/protocol";
import { live } from "@sensorium/protocol/wire";
import type {
  CameraCounts,
  CameraStatus,
  CameraView,
  EncodedPicture,
  TrackedFrame,
} from "../../pipeline/camera-view.ts";
import { jsonMessage, type Outgoing } from "../outbox.ts";

/** A camera's status in the form of the wire. */
export function cameraState(status: CameraStatus): live.CameraState {
  const { size, model, rates, totals } = status;
  return {
    ...status,
    size: size && { ...size },
    model: model && { ...model },
    classes: [...status.classes],
    lines: status.lines.map((line) => ({ ...line, a: { ...line.a }, b: { ...line.b } })),
    zones: status.zones.map((zone) => ({ ...zone, corners: zone.corners.map((corner) => ({ ...corner })) })),
    rates: { ...rates },
    totals: { ...totals },
  };
}

/** The `status` message of a camera as it is now. */
export function statusMessage(camera: CameraView): Outgoing {
  const message: live.StatusMessage = { type: "status", camera: camera.id, status: cameraState(camera.status()) };
  return jsonMessage(message);
}

/** The `counts` message of a camera as it is now. */
export function countsMessage(camera: CameraView): Outgoing {
  const counts: CameraCounts = camera.counts();
  const message: live.CountsMessage = {
    type: "counts",
    camera: camera.id,
    simulated: camera.simulated,
    ...counts,
    traffic: counts.traffic && { ...counts.traffic },
  };
  return jsonMessage(message);
}

/** The `event` message of a durable event. */
export function eventMessage({ event, position }: Recorded<CameraEvent>): Outgoing {
  const message: live.EventMessage = { type: "event", camera: event.camera, event, position: { ...position } };
  return jsonMessage(message);
}

/** The `tracks` message of one inferred frame; tenths of a pixel and thousandths of a score are kept. */
export function tracksMessage(camera: CameraView, frame: TrackedFrame, sentMs: number): Outgoing {
  const { tracked, keypoints, at, sequence, size, times } = frame;
  const message: live.TracksMessage = {
    type: "tracks",
    camera: camera.id,
    simulated: camera.simulated,
    at,
    sequence,
    size: { ...size },
    boxes: Array.from(tracked.boxes, (value) => Math.round(value * 10) / 10),
    ids: Array.from(tracked.tracks),
    classes: Array.from(tracked.classes),
    scores: Array.from(tracked.scores, (score) => Math.round(score * 1000) / 1000),
    keypoints: keypoints && Array.from(keypoints, (value, i) => Math.round(value * 10 ** places(i)) / 10 ** places(i)),
    times: { ...times, sentMs },
  };
  return jsonMessage(message);
}

/** Tenths of a pixel, hundredths of a score. */
const places = (index: number): number => (index % 3 === 2 ? 2 : 1);

/** The binary message of a picture. */
export function pictureMessage(handle: number, { jpeg, sequence, at, capturedMs }: EncodedPicture): Outgoing {
  return { bytes: live.encodePicture({ handle, jpeg, sequence, at, capturedMs }), binary: true };
}
