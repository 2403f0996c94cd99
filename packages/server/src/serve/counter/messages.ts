import { formatClock, formatLocal, type SensoriumEvent, type WallMs } from "@sensorium/protocol";
import type { peopleCounter } from "@sensorium/protocol/wire";
import type { CameraCounts, EncodedPicture } from "../../pipeline/camera-view.ts";
import { jsonMessage, type Outgoing } from "../outbox.ts";

/** When a message is made, and in which zone its times are written. */
export interface Stamp {
  readonly now: WallMs;
  readonly zone: string;
}

/** The `frame` message of a picture: made once, sent to all. */
export function frameMessage(picture: EncodedPicture, stamp: Stamp): Outgoing {
  const { jpeg } = picture;
  const data = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength).toString("base64");
  const message: peopleCounter.FrameMessage = { type: "frame", data, timestamp: timestamp(stamp) };
  return jsonMessage(message);
}

/** The `stats` message. */
export function statsMessage(counts: CameraCounts, faceCount: number, stamp: Stamp): Outgoing {
  const message: peopleCounter.StatsMessage = {
    type: "stats",
    data: {
      count_in: counts.in,
      count_out: counts.out,
      face_count: faceCount,
      daily_event_count: counts.trafficEvents,
      event_active: counts.traffic !== null,
      current_event_count_in: counts.traffic?.countIn ?? 0,
    },
    timestamp: timestamp(stamp),
  };
  return jsonMessage(message);
}

/** The `event` message of a traffic event; null for events this protocol does not tell. */
export function eventMessage(event: SensoriumEvent, stamp: Stamp): Outgoing | null {
  const data = eventData(event, stamp.zone);
  if (!data) return null;
  const message: peopleCounter.EventMessage = { type: "event", data, timestamp: timestamp(stamp) };
  return jsonMessage(message);
}

function eventData(event: SensoriumEvent, zone: string): peopleCounter.EventMessage["data"] | null {
  if (event.type === "traffic-started") return { status: "started", start_time: formatClock(event.startMs, zone) };
  if (event.type !== "traffic-ended") return null;
  return {
    status: "ended",
    start_time: formatClock(event.startMs, zone),
    end_time: formatClock(event.endMs, zone),
    count_in: event.countIn,
  };
}

const timestamp = ({ now, zone }: Stamp): string => formatLocal(now, zone);
