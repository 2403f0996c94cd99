import { type SensoriumEvent, wallMs } from "@sensorium/protocol";
import type { CameraConfig } from "../config/config.ts";
import { Analysis } from "./analysis.ts";
import { CameraEvents } from "./camera-events.ts";
import type { PeopleShown } from "./camera-view.ts";
import type { PersonNumbers } from "./environment/person-numbers.ts";
import type { CameraModels } from "./finders.ts";
import { PeopleWatch } from "./people-watch.ts";
import { SimulatedRouters } from "./simulated-routers.ts";
import type { Tally } from "./tally.ts";
import type { TrafficWatch } from "./traffic-watch.ts";
import { momentOf, type Watched } from "./watch.ts";

/** What a camera has for as long as its settings stay. */
export interface CameraOwn extends CameraModels {
  readonly tally: Tally;
  readonly traffic: TrafficWatch;
  /** Of its environment. */
  readonly numbers: PersonNumbers;
}

/** What a camera is told to do, and what it does it with. */
export interface CameraInit {
  readonly settings: CameraConfig;
  readonly own: CameraOwn;
}

/** What goes by the source's clock, and begins anew with it. */
interface Memory {
  readonly analysis: Analysis;
  /** Undefined where the detector knows no people. */
  readonly people: PeopleWatch | undefined;
  /** Only a simulated room has routers. */
  readonly routers: SimulatedRouters | undefined;
}

/** What a camera makes of its frames, by its settings: tracks, people, and events to be recorded. */
export class CameraWatch {
  #init: CameraInit;
  #events: CameraEvents;
  #memory: Memory;

  constructor(init: CameraInit) {
    this.#init = init;
    this.#events = eventsOf(init);
    this.#memory = memoryOf(init);
  }

  get settings(): CameraConfig {
    return this.#init.settings;
  }

  get own(): CameraOwn {
    return this.#init.own;
  }

  /** Tells what happens in the words of the settings. */
  get events(): CameraEvents {
    return this.#events;
  }

  /** Another one after each new beginning. */
  get analysis(): Analysis {
    return this.#memory.analysis;
  }

  /** Tracks and people begin anew, as the source's clock does; what was counted stays. */
  begin(): void {
    this.#memory = memoryOf(this.#init);
  }

  /** Goes by other settings of the same source; tracks go on. */
  become(init: CameraInit): void {
    const { numbers } = this.own;
    this.#init = init;
    this.#events = eventsOf(init);
    // Where other people are numbered, those in sight are numbered anew.
    if (init.own.numbers !== numbers) this.#memory = { ...this.#memory, ...environmentMemoryOf(init) };
    this.analysis.look(init.settings);
  }

  /** What happened at the lines and in the zones. */
  changes(watched: Watched): SensoriumEvent[] {
    return [
      ...watched.crossings.map((crossing) => this.#events.crossing(crossing, watched)),
      ...watched.zoneEvents.map((event) => this.#events.zone(event, watched)),
    ];
  }

  /** The people of a frame, and what happened to them; null where nobody looks for people. Calls come in order. */
  people(watched: Watched): { readonly shown: PeopleShown; readonly events: SensoriumEvent[] } | null {
    const seen = this.#memory.people?.step(watched, watched.at);
    if (!seen) return null;
    const events = seen.falls.map((fall) => this.#events.fall(fall, watched));
    return { shown: { ...seen, ...momentOf(watched), surfaces: watched.surfaces }, events };
  }

  /** To be called every second, with frames or without: what has happened by `nowMs`. */
  tick(nowMs: number): SensoriumEvent[] {
    const changes = this.own.traffic.step(wallMs(nowMs));
    return [
      ...changes.map((change) => this.#events.traffic(change, nowMs)),
      ...(this.#memory.routers?.step(nowMs) ?? []),
    ];
  }
}

const eventsOf = ({ settings: { id, environment, source }, own }: CameraInit): CameraEvents =>
  new CameraEvents({ camera: id, environment, simulated: source.kind === "simulated", model: own.detector.model });

function memoryOf(init: CameraInit): Memory {
  const { thresholds } = init.own.detector.model;
  return { analysis: new Analysis({ ...init.settings, thresholds }), ...environmentMemoryOf(init) };
}

/** Of people, who are numbered in their environment, and of the routers that it has. */
function environmentMemoryOf({ settings, own }: CameraInit): Pick<Memory, "people" | "routers"> {
  const { beds, source, environment } = settings;
  const person = own.detector.model.classes.indexOf("person");
  const { minLikeness } = own.reidentifier?.model ?? {};
  return {
    people: person < 0 ? undefined : new PeopleWatch(person, own.numbers, { beds, minLikeness }),
    routers:
      source.kind === "simulated"
        ? new SimulatedRouters({ seed: source.seed, environment, openedMs: Date.now() })
        : undefined,
  };
}
