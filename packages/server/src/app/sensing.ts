import { wallMs } from "@sensorium/protocol";
import { Streams } from "../capture/streams.ts";
import { systemClock } from "../flow/supervise.ts";
import type { InferencePool } from "../models/onnx/pool.ts";
import { UsageMeter } from "../observe/usage.ts";
import type { CameraDirectory } from "../pipeline/camera-view.ts";
import { Cameras } from "../pipeline/cameras.ts";
import type { ComponentState } from "../pipeline/environment/components.ts";
import { Environments } from "../pipeline/environment/environments.ts";
import { PersonRegister } from "../pipeline/environment/person-numbers.ts";
import { Sessions } from "../pipeline/sessions.ts";
import type { Engines } from "./engines.ts";
import type { Opening } from "./opening.ts";
import type { Recording } from "./recording.ts";

/** What the cameras run on. */
export interface SensingParts {
  readonly engines: Engines;
  readonly recording: Recording;
}

/** The cameras and their environments; nothing runs yet. */
export interface Sensing {
  readonly streams: Streams;
  readonly cameras: Cameras;
  /** To be closed before everything they tell of, and before those whom they tell. */
  readonly environments: Environments;
  /** Starts and stops environments. */
  readonly sessions: Sessions;
  /** The cameras of the environments that run. */
  readonly sensed: CameraDirectory;
}

/** What is recorded is told to the cameras first, and then to the environments. */
export function openSensing(opening: Opening, { engines, recording }: SensingParts): Sensing {
  const { config, log, parts } = opening;
  const { recorder, bus, store } = recording;
  const streams = parts.use(new Streams({ captures: engines.captures, clock: systemClock, log }));
  const cameras = parts.use(
    new Cameras({
      ...{ streams, recorder, bus, clock: systemClock, log },
      ...{ history: store, persons: new PersonRegister(store.history) },
      ...{ reset: config.reset, models: engines.models },
    }),
  );
  const sessions = new Sessions({
    cameras,
    environments: {
      get: (environment) => environments.get(environment),
      look: () => environments.look(),
      restart: (environment) => environments.restart(environment),
    },
    now: () => wallMs(Date.now()),
  });
  const sensed = {
    list: () => cameras.list().filter(({ environment }) => sessions.isRunning(environment)),
    get: (id: string) => cameras.get(id),
  };
  const environments = new Environments({
    ...{ cameras: sensed, recorder, log, now: () => wallMs(Date.now()), usage: new UsageMeter() },
    interrupted: store.interrupted,
    queued: () => engines.inference.waiting,
    components: () => ({ neural_network: stateOf(engines.inference), database: recording.state }),
  });
  recording.follow(cameras);
  recording.follow(environments);
  return { streams, cameras, environments, sessions, sensed };
}

function stateOf({ alive, threads }: InferencePool): ComponentState {
  if (alive === threads) return "healthy";
  return alive > 0 ? "degraded" : "unhealthy";
}
