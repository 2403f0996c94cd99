import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ConnectionContext } from "./connection.ts";
import { Newest } from "./inbox.ts";
import { type Feed, filtersOf, flow, type People } from "./stream.ts";

/** Which poses, and how many of them. */
export interface PosesRequest extends People {
  /** 17 keypoints of each person; true when absent. */
  readonly keypoints?: boolean;
  /** True when absent. */
  readonly velocity?: boolean;
  /** Body parts, where there is a method for them; false when absent. */
  readonly densePose?: boolean;
  /** Up to 30; 10 when absent. */
  readonly maxFps?: number;
}

type Frame = wire.PoseDataMessage | wire.PoseTrajectoryMessage;

/**
 * Frames as they come. A frame that was not read when the next one of its camera came is dropped: a slow reader sees
 * fewer, and never old ones. Reading it connects, leaving the loop disconnects.
 */
export class PoseStream<T extends Frame = wire.PoseDataMessage> implements AsyncIterable<T> {
  readonly #request: wire.SubscribeMessage["data"];
  readonly #context: ConnectionContext;
  readonly #signal: AbortSignal;
  #dropped = 0;

  constructor(type: T["type"], request: PosesRequest, init: { context: ConnectionContext; signal: AbortSignal }) {
    this.#request = { subscriptions: [subscriptionTo(type, request)] };
    this.#context = init.context;
    this.#signal = init.signal;
  }

  /** Frames that a newer one replaced before they were read. */
  get dropped(): number {
    return this.#dropped;
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const inbox = new Newest<T>(() => this.#dropped++);
    const feed: Feed<T> = {
      emptied: () => Promise.resolve(),
      request: () => this.#request,
      subscribed: () => undefined,
      hear: (message) => {
        if (isFrame<T>(message)) inbox.put(keyOf(message), message);
        return true;
      },
      end: (error) => inbox.end(error),
      read: () => inbox.read(),
    };
    return flow(feed, this.#context, this.#signal);
  }
}

/** One stream delivers messages of one type. */
const isFrame = <T extends Frame>(message: wire.ServerMessage): message is T =>
  message.type === "pose_data" || message.type === "pose_data_trajectory";

/** Of each camera the newest frame waits, and of each person the newest path. */
const keyOf = ({ data, metadata }: Frame): string =>
  JSON.stringify([data.environment_id, metadata?.source?.id, "person_id" in data ? data.person_id : null]);

function subscriptionTo(type: Frame["type"], request: PosesRequest): wire.SubscriptionRequest {
  const { keypoints, velocity, densePose, maxFps } = request;
  return {
    event_type: type,
    filters: {
      ...filtersOf(request),
      ...(keypoints !== undefined && { include_keypoints: keypoints }),
      ...(velocity !== undefined && { include_velocity: velocity }),
      ...(densePose !== undefined && { include_dense_pose: densePose }),
    },
    // Older frames are worth nothing here: none waits at the server beside the newest.
    throttle: { buffer_size: 1, ...(maxFps !== undefined && { max_fps: maxFps }) },
  };
}
