import type { Config } from "../config/config.ts";
import { UsageMeter } from "../observe/usage.ts";
import { VERSION } from "../observe/version.ts";
import { defaultSettings, settingsOf } from "../serve/http/api/current-settings.ts";
import type { ApiSources } from "../serve/http/api/sources.ts";
import { CameraSensing } from "../serve/streaming/camera-source.ts";
import type { Recording } from "./recording.ts";
import type { Sensing } from "./sensing.ts";

/** What the REST API is made of. */
export interface ApiParts {
  readonly recording: Recording;
  readonly sensing: Sensing;
  /** What is configured now. */
  readonly current: { readonly config: Config };
  readonly encrypted: boolean;
}

/** What the REST API shows and does. */
export function apiOf({ recording, sensing, current, encrypted }: ApiParts): ApiSources {
  const { recorder, store } = recording;
  const { cameras, environments, sessions } = sensing;
  // Its own: each measures since it was asked before.
  const usage = new UsageMeter();
  return {
    ...{ sensing: new CameraSensing(cameras, recording.log), history: store.history, system: sessions },
    figures: (environment) => environments.get(environment) ?? null,
    database: () => ({ status: recording.state, writtenMs: recorder.writtenMs }),
    settings: (environment) => settingsOf(environment, { config: current.config, cameras, encrypted }),
    defaults: defaultSettings("default", encrypted),
    usage: () => usage.measure(),
    record: (event) => recorder.record(event),
    version: VERSION,
  };
}
