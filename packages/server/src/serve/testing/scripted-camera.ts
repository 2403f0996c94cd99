import { type CameraEvent, type CameraId, cameraId, type Recorded, wallMs, zoneId } from "@sensorium/protocol";
import type { ZoneConfig } from "../../config/config.ts";
import { Broadcast } from "../../flow/broadcast.ts";
import type {
  CameraCounts,
  CameraDirectory,
  CameraStatus,
  CameraView,
  EncodedPicture,
  PeopleShown,
  PictureRequest,
  TrackedFrame,
} from "../../pipeline/camera-view.ts";

const quiet: CameraCounts = { in: 0, out: 0, trafficEvents: 0, traffic: null };

const initialStatus = (id: CameraId): CameraStatus => ({
  id,
  name: "Front door",
  source: "rtsp://10.0.0.7/stream",
  simulated: false,
  state: "online",
  reason: null,
  sinceMs: wallMs(1_773_480_000_000),
  frameAgeMs: 80,
  size: { width: 768, height: 432 },
  model: { name: "yolox-nano", family: "yolox", provider: "CPU" },
  classes: ["person"],
  lines: [{ id: "door", a: { x: 0.72, y: 0.2 }, b: { x: 0.72, y: 1 }, in: 0, out: 0 }],
  zones: [],
  rates: { captured: 25, inferred: 24.8 },
  limitedBy: null,
  totals: { captured: 1500, gated: 600, inferred: 888, dropped: 12, undecodable: 0, stateChanges: 2 },
});

/** A camera whose every word is written by the test. */
export class ScriptedCamera implements CameraView {
  readonly id: CameraId;
  /** Where it is now; the test may move it. */
  environment: string;
  /** When somebody is in one of its zones. */
  zoneRule: Omit<ZoneConfig, "id" | "corners"> = {};
  /** Every request for pictures so far. */
  readonly requests: PictureRequest[] = [];
  #status: CameraStatus;
  #counts = quiet;
  #offset = 0;
  #failures = 0;
  readonly #pictures = new Broadcast<EncodedPicture>(() => this.#tell());
  readonly #tracks = new Broadcast<TrackedFrame>(() => this.#tell());
  readonly #people = new Broadcast<PeopleShown>(() => this.#tell());
  readonly #events = new Broadcast<Recorded<CameraEvent>>(() => this.#tell());
  #waiting: (() => void)[] = [];

  constructor(id = "door", environment = "default") {
    this.id = cameraId(id);
    this.environment = environment;
    this.#status = initialStatus(this.id);
  }

  /** Whether anybody makes the encoder work. */
  get pictureReaders(): number {
    return this.#pictures.readers;
  }

  get trackReaders(): number {
    return this.#tracks.readers;
  }

  get simulated(): boolean {
    return this.#status.simulated;
  }

  /** Those of the status, by the usual rule unless the test says otherwise. */
  get zones(): readonly ZoneConfig[] {
    return this.#status.zones.map(({ id, corners }) => ({ id: zoneId(id), corners, ...this.zoneRule }));
  }

  status(): CameraStatus {
    return this.#status;
  }

  counts(): CameraCounts {
    return this.#counts;
  }

  pictures(request: PictureRequest, signal: AbortSignal): AsyncIterable<EncodedPicture> {
    this.requests.push(request);
    if (this.#failures-- > 0) return failing();
    return this.#pictures.latest(signal);
  }

  tracks(signal: AbortSignal): AsyncIterable<TrackedFrame> {
    return this.#tracks.latest(signal);
  }

  people(signal: AbortSignal): AsyncIterable<PeopleShown> {
    return this.#people.latest(signal);
  }

  events(signal: AbortSignal): AsyncIterable<Recorded<CameraEvent>> {
    return this.#events.every(1_000, signal);
  }

  become(change: Partial<CameraStatus>): void {
    this.#status = { ...this.#status, ...change };
  }

  count(change: Partial<CameraCounts>): void {
    this.#counts = { ...this.#counts, ...change };
  }

  show(picture: EncodedPicture): void {
    this.#pictures.put(picture);
  }

  track(frame: TrackedFrame): void {
    this.#tracks.put(frame);
  }

  showPeople(people: PeopleShown): void {
    this.#people.put(people);
  }

  record(event: CameraEvent): void {
    this.#events.put({ event, position: { epoch: "epoch", offset: this.#offset++ } });
  }

  /** The next `times` requests for pictures fail. */
  failPictures(times: number): void {
    this.#failures = times;
  }

  /** Resolves once the condition holds; looked at whenever a first reader comes or a last one leaves. */
  async until(holds: (camera: ScriptedCamera) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    // The reader is counted before its first value is asked for; let that happen too.
    setImmediate(() => {
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }
}

function failing(): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("the encoder failed")) }) };
}

/** The directory of the given cameras. */
export const directoryOf = (...cameras: readonly CameraView[]): CameraDirectory => ({
  list: () => cameras,
  get: (id) => cameras.find((camera) => camera.id === id),
});

/** A picture whose bytes matter to nobody. */
export const pictureOf = (sequence: number, jpeg: Uint8Array = Buffer.from("/9j/4AAQSkZJRg==", "base64")) => ({
  jpeg,
  sequence,
  at: sequence * 100_000,
  capturedMs: wallMs(1_773_480_000_000 + sequence * 100),
});
