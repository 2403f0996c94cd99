import { startMotion } from "@sensorium/perception";
import { micros, type SensoriumEvent, wallMs } from "@sensorium/protocol";
import { Pulse } from "../../flow/pulse.ts";
import { silentLog } from "../../observe/log.ts";
import { directoryOf, type ScriptedCamera } from "../../serve/testing/scripted-camera.ts";
import type { PeopleShown } from "../camera-view.ts";
import type { ComponentState } from "./components.ts";
import { Environments } from "./environments.ts";

export const START = 1_773_480_000_000 - (1_773_480_000_000 % 3_600_000);
const SIZE = { width: 1000, height: 400 };

/** Somebody 40 × 100 pixels in size whose feet are at x, 300. */
export interface Standing {
  readonly person: number;
  readonly x?: number;
  readonly score?: number;
  readonly track?: number;
}

/** What a camera shows `seconds` after its start, captured then and inferred 30 ms later. */
export function shown(seconds: number, people: readonly Standing[], latencyMs = 30): PeopleShown {
  const capturedMs = START + seconds * 1000;
  const boxes = people.map(({ x = 200 }) => ({ x1: x - 20, y1: 200, x2: x + 20, y2: 300 }));
  return {
    frame: {
      size: SIZE,
      tracked: {
        count: people.length,
        boxes: Float32Array.from(boxes.flatMap(({ x1, y1, x2, y2 }) => [x1, y1, x2, y2])),
        scores: Float32Array.from(people, ({ score = 0.75 }) => score),
        classes: new Uint16Array(people.length),
        tracks: Int32Array.from(people, ({ person, track = 100 + person }) => track),
      },
      persons: Int32Array.from(people, ({ person }) => person),
      keypoints: null,
    },
    activities: people.map(() => ({ activity: "standing", since: micros(0), confidence: 0.8 })),
    motions: boxes.map((box) => startMotion(box, micros(seconds * 1e6))),
    falls: [],
    sequence: Math.round(seconds * 10),
    at: seconds * 1e6,
    times: { capturedMs, decodedMs: capturedMs + 5, inferredMs: capturedMs + latencyMs, inferenceMs: 20 },
  };
}

/** Environments over scripted cameras, whose time passes by hand and whose events become durable at once. */
export class ScriptedEnvironments implements Disposable {
  readonly events: SensoriumEvent[] = [];
  /** Beats with every event. */
  readonly pulse = new Pulse();
  readonly environments: Environments;
  components: Record<string, ComponentState | null> = { database: "healthy" };
  queued: number | null = 0;
  usage = { cpu: 10, memory: 20, gpu: null, gpuMemory: null };
  cameras: readonly ScriptedCamera[];
  #seconds = 0;

  constructor(...cameras: readonly ScriptedCamera[]) {
    this.cameras = cameras;
    this.environments = new Environments({
      interrupted: ["cut-off"],
      cameras: { list: () => this.cameras, get: (id) => directoryOf(...this.cameras).get(id) },
      recorder: { record: (...events) => this.#record(events) },
      log: silentLog,
      now: () => wallMs(START + Math.round(1000 * this.#seconds)),
      components: () => this.components,
      queued: () => this.queued,
      usage: { measure: () => this.usage },
    });
    this.environments.look();
  }

  /** The clock says another time. */
  set(seconds: number): void {
    this.#seconds = seconds;
  }

  /** Shows people ten times a second for so long, asking every second. */
  async show(camera: ScriptedCamera, people: readonly Standing[], seconds: number): Promise<void> {
    for (let tenth = 0; tenth < Math.round(seconds * 10); tenth++) {
      await this.pass(0.1);
      await this.put(camera, shown(this.#seconds, people));
    }
  }

  /** Shows one frame. */
  async put(camera: ScriptedCamera, people: PeopleShown): Promise<void> {
    camera.showPeople(people);
    await settled();
  }

  /** Time in which nothing is shown. */
  async pass(seconds: number): Promise<void> {
    for (let tenth = 0; tenth < Math.round(seconds * 10); tenth++) {
      this.#seconds = Math.round(10 * this.#seconds + 1) / 10;
      if (Number.isInteger(this.#seconds)) this.environments.tick();
    }
    await settled();
  }

  of<T extends SensoriumEvent["type"]>(type: T): Extract<SensoriumEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<SensoriumEvent, { type: T }> => event.type === type);
  }

  [Symbol.dispose](): void {
    this.environments[Symbol.dispose]();
  }

  #record(events: readonly SensoriumEvent[]): void {
    this.events.push(...events);
    this.pulse.beat();
    for (const event of events) this.environments.note({ event, position: { epoch: "e", offset: this.events.length } });
  }
}

/** Whoever reads has read. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
