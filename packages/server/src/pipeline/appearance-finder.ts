import { type Boxes, boxAt, foundOfTracks, iou } from "@sensorium/perception";
import {
  type Detections,
  type Embedding,
  type Micros,
  microsFromSeconds,
  type Size,
  type Tracked,
} from "@sensorium/protocol";
import type { Frame } from "../flow/frame.ts";
import type { Reidentifier } from "../models/crop-model.ts";
import { inPixelsOf } from "./analysis.ts";
import { lookAt, type WorthALook } from "./look-at.ts";

/** Of one frame: newcomers come before those who are only looked at again. */
const MOST_PEOPLE = 8;
/** Looks change slowly, with the light and the way somebody turns, and a look costs as much as a small detector. */
const LOOK_AGAIN = microsFromSeconds(1);
/** A detection that overlaps a track less is not its own. */
const MIN_IOU = 0.3;

/** Whom a camera follows, and when each was last looked at; those who never were are missing. */
export interface Followed {
  readonly tracked: Boxes & Pick<Tracked, "tracks">;
  readonly lookedAt: ReadonlyMap<number, Micros>;
}

/** A detection to look at; its track is 0, which none has, for a newcomer. */
export interface Wanted {
  readonly index: number;
  readonly track: number;
}

/**
 * Which of the detections to look at. A newcomer at once, and in every frame until they have a track: in the first frame
 * of a track they are somebody who was here before, or never. Who is followed only when their last look has become old.
 * The surest newcomers come first, then those whose look is the oldest.
 */
export function whomToLookAt(
  detections: Detections,
  { followed, at, person, minScore }: WorthALook & { readonly followed: Followed; readonly at: Micros },
): Wanted[] {
  const scoreOf = (index: number): number => detections.scores[index] ?? 0;
  return Array.from(detections.classes.keys())
    .filter((index) => detections.classes[index] === person && scoreOf(index) >= minScore)
    .map((index) => {
      const track = trackOf(detections, index, followed);
      return { index, track, look: followed.lookedAt.get(track) ?? -Infinity };
    })
    .filter(({ look }) => isOld(look, at))
    .sort((one, other) => (one.look === other.look ? scoreOf(other.index) - scoreOf(one.index) : one.look - other.look))
    .slice(0, MOST_PEOPLE)
    .map(({ index, track }) => ({ index, track }));
}

/** A clock that began anew says nothing of how old a look is; a frame that was a little late says that it is not. */
const isOld = (look: number, at: Micros): boolean => Math.abs(at - look) >= LOOK_AGAIN;

/** The track that a detection overlaps most; 0 where it overlaps none. */
function trackOf(detections: Detections, index: number, { tracked }: Followed): number {
  const box = boxAt(detections, index);
  let [track, most] = [0, MIN_IOU];
  for (let i = 0; i < tracked.count; i++) {
    const overlap = iou(box, boxAt(tracked, i));
    if (overlap >= most) [track, most] = [tracked.tracks[i] ?? 0, overlap];
  }
  return track;
}

/** What was found in a frame, and how each of it looks; null for what was not looked at. */
export interface Looks {
  readonly detections: Detections;
  readonly embeddings: readonly (Embedding | null)[];
}

/** Looks at people so that they are known again, each in a crop of the source's own picture, as rarely as will do. */
export class AppearanceFinder {
  readonly #model: Reidentifier;
  readonly #options: WorthALook;
  #tracked: Followed["tracked"] = { count: 0, boxes: new Float32Array(0), tracks: new Int32Array(0) };
  /** Of the picture that the tracks are in. */
  #size: Size | undefined;
  /** By track. */
  readonly #lookedAt = new Map<number, Micros>();

  constructor(model: Reidentifier, options: WorthALook) {
    this.#model = model;
    this.#options = options;
  }

  /** Looks at who needs it among `detections`. The frame stays owned until then. */
  async find(frame: Frame, detections: Detections): Promise<Looks> {
    const { at, size } = frame;
    const seen = inPixelsOf(detections, { from: size, to: this.#size ?? size });
    const followed = { tracked: this.#tracked, lookedAt: this.#lookedAt };
    const wanted = whomToLookAt(seen, { ...this.#options, followed, at });
    // Told before it is done: the next frames are under way already.
    for (const { track } of wanted) if (track > 0) this.#lookedAt.set(track, at);
    const embeddings = new Array<Embedding | null>(detections.count).fill(null);
    await Promise.all(
      wanted.map(async ({ index }) => {
        embeddings[index] = await lookAt(this.#model, { frame, box: boxAt(detections, index) });
      }),
    );
    return { detections, embeddings };
  }

  /** How each track looks that came of a frame, in pixels of `size`. To be called in the order of the frames. */
  follow(
    tracked: Tracked,
    { detections, embeddings }: Looks,
    { at, from, size }: { readonly at: Micros; readonly from: Size; readonly size: Size },
  ): (Embedding | null)[] {
    this.#tracked = tracked;
    this.#size = size;
    for (const track of this.#lookedAt.keys()) if (!tracked.tracks.includes(track)) this.#lookedAt.delete(track);
    const own = foundOfTracks(tracked, inPixelsOf(detections, { from, to: size }));
    return Array.from(own, (index, i) => {
      const appearance = embeddings[index] ?? null;
      const track = tracked.tracks[i] ?? 0;
      if (appearance && !this.#lookedAt.has(track)) this.#lookedAt.set(track, at);
      return appearance;
    });
  }
}
