import { type Micros, type Size, type Tracked, wallMs } from "@sensorium/protocol";
import type { Overlay } from "../codec/annotate.ts";
import { Broadcast } from "../flow/broadcast.ts";
import type { PeopleShown, TrackedFrame } from "./camera-view.ts";
import type { CameraWatch } from "./camera-watch.ts";
import { Pictures } from "./pictures.ts";
import { momentOf, type Watched } from "./watch.ts";

/** Those who look at a camera, and what each kind of them is shown. */
export class CameraViewers {
  readonly tracks = new Broadcast<TrackedFrame>();
  readonly people = new Broadcast<PeopleShown>();
  readonly pictures = new Pictures((moment) => this.#overlay(moment));
  readonly #watch: CameraWatch;
  #last: Watched | undefined;

  constructor(watch: CameraWatch) {
    this.#watch = watch;
  }

  /** Of the picture that tracks are in; null before the first. */
  get size(): Size | null {
    return this.#last?.size ?? null;
  }

  /** Shows what was found in a frame. */
  show(watched: Watched): void {
    const { tracked, keypoints, size, sequence } = watched;
    this.#last = watched;
    this.tracks.put({ tracked, keypoints, size, ...momentOf(watched) });
    this.pictures.inferred(sequence);
  }

  /** There is nothing more to be seen. */
  end(): void {
    this.pictures.end();
    this.tracks.end();
    this.people.end();
  }

  /** The tracks of a picture in their boxes, the lines, and what was counted. */
  #overlay(moment: { readonly sequence: number; readonly at: Micros }): Overlay {
    const { settings, own, analysis } = this.#watch;
    const { lines } = settings;
    const last = this.#last;
    if (!last) return { boxes: [], lines, captions: [] };
    const tracked = last.sequence === moment.sequence ? last.tracked : analysis.predict(moment.at);
    const { in: cameIn, out } = own.tally.total(wallMs(Date.now()));
    return { boxes: boxesOf(tracked, last.size), lines, captions: [`IN ${cameIn}`, `OUT ${out}`] };
  }
}

function boxesOf(tracked: Tracked, { width, height }: Size): Overlay["boxes"] {
  return Array.from(tracked.tracks, (track, i) => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = tracked.boxes.subarray(4 * i, 4 * i + 4);
    return { x1: x1 / width, y1: y1 / height, x2: x2 / width, y2: y2 / height, label: `#${track}` };
  });
}
