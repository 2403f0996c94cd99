import { Camera, Defaults, Line, Zone } from "@sensorium/protocol/config";
import { z } from "zod";
import { type Answer, ask, NOT_UNDERSTOOD, type Question } from "./api.ts";
import { type Readable, Store } from "./store.ts";

/** A camera as the configuration file has it, but for its source. What this page does not know of it, it keeps. */
export const CameraSettings = z.looseObject({
  ...Camera.pick({ name: true, model: true, classes: true, tracker: true, motionGate: true }).shape,
  lines: z.record(z.string(), Line).optional(),
  zones: z.record(z.string(), Zone).optional(),
});
export type CameraSettings = z.infer<typeof CameraSettings>;

const Editable = z.object({
  fixed: z.null(),
  version: z.string(),
  /** What cameras take that say nothing else. */
  defaults: z.object({
    ...Defaults.pick({ classes: true, tracker: true, motionGate: true, lines: true }).shape,
    model: z.string(),
  }),
  cameras: z.record(z.string(), CameraSettings),
  /** The models that cameras can name. */
  models: z.array(z.string()),
});
/** What can be changed. */
export type Editable = z.infer<typeof Editable>;

/** The cameras of the configuration file, or in one sentence why they cannot be changed from here. */
export type ConfigurationState = Editable | { readonly fixed: string };

const State = z.union([Editable, z.object({ fixed: z.string() })]);
const Changed = z.object({ version: z.string(), restart_needed: z.array(z.string()) });

/** A change of the file, or why there was none. */
export type Outcome =
  | { readonly ok: true; readonly restartNeeded: readonly string[] }
  /** `conflict`: somebody else changed the file meanwhile. */
  | { readonly ok: false; readonly conflict: boolean; readonly sentence: string };

/** What is to be changed: a camera, or a line or zone of one; without a body it is taken out. */
export interface Change {
  readonly camera: string;
  readonly spot?: { readonly kind: "lines" | "zones"; readonly name: string };
  readonly body?: unknown;
}

/** The configuration file of the server. Changes are made for what was read last, and refused when that is gone. */
export class Configuration {
  readonly state: Readable<ConfigurationState | null>;
  readonly #state = new Store<ConfigurationState | null>(null);
  readonly #base: string;

  /** `base` is the address of `/api/v1/`. */
  constructor(base: string) {
    this.state = this.#state;
    this.#base = base;
  }

  /** Reads what the file says now. */
  async load(): Promise<ConfigurationState> {
    const answer = await ask(`${this.#base}configuration`, { method: "GET" });
    const state = stateIn(answer);
    this.#state.set(state);
    return state;
  }

  /** Changes one thing, at once and durably, or not at all. */
  async change({ camera, spot, body }: Change): Promise<Outcome> {
    const state = this.#state.get();
    if (!state || state.fixed !== null) return { ok: false, conflict: false, sentence: state?.fixed ?? NOT_UNDERSTOOD };
    const parts = ["cameras", camera, ...(spot ? [spot.kind, spot.name] : [])];
    const question: Question = { method: body === undefined ? "DELETE" : "PUT", body, version: state.version };
    const answer = await ask(this.#base + parts.map(encodeURIComponent).join("/"), question);
    if (!answer.ok) return { ok: false, conflict: answer.status === 409, sentence: answer.sentence };
    const changed = Changed.safeParse(answer.data);
    if (!changed.success) return { ok: false, conflict: false, sentence: NOT_UNDERSTOOD };
    this.#state.set({ ...state, version: changed.data.version });
    return { ok: true, restartNeeded: changed.data.restart_needed };
  }
}

function stateIn(answer: Answer): ConfigurationState {
  if (!answer.ok) return { fixed: answer.sentence };
  return State.safeParse(answer.data).data ?? { fixed: NOT_UNDERSTOOD };
}
