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

/** Whom a camera follows, and when each was looked at; those who never were are missing. */
export interface Followed {
  readonly tracked: Boxes & Pick<Tracked, "tracks">;
  readonly lookedAt: ReadonlyMap<number, Micros>;
}

/**
 * Which of the detections to look at, by index. A newcomer at once, and in every frame until they have a track: in the
 * first frame of a track they are somebody who was here before, or never. Who is followed only when their last look has
 * become old. The surest newcomers first, then those whose look is the oldest.
 */
export function whomToLookAt(
  detections: Detections,
  { followed, at, person, minScore }: WorthALook & { readonly followed: Followed; readonly at: Micros },
): number[] {
  const scoreOf = (index: number): number => detections.scores[index] ?? 0;
  const lookOf = (index: number): number => followed.lookedAt.get(trackOf(detections, index, followed)) ?? -Infinity;
  return Array.from({ length: detections.count }, (_, index) => ({ index, look: lookOf(index) }))
    .filter(({ index, look }) => detections.classes[index] === person && scoreOf(index) >= minScore && isOld(look, at))
    .sort((one, other) => (one.look === other.look ? scoreOf(other.index) - scoreOf(one.index) : one.look - other.look))
    .slice(0, MOST_PEOPLE)
    .map(({ index }) => index);
}

/** A clock that began anew says nothing of how old a look is. */
const isOld = (look: number, at: Micros): boolean => at - look >= LOOK_AGAIN || look > at;

/** The track that a detection overlaps most; 0, which none has, where it overlaps none. */
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
  #followed: Followed & { readonly size: Size | null } = {
    tracked: { count: 0, boxes: new Float32Array(0), tracks: new Int32Array(0) },
    lookedAt: new Map(),
    size: null,
  };

  constructor(model: Reidentifier, options: WorthALook) {
    this.#model = model;
    this.#options = options;
  }

  /** Looks at who needs it among `detections`. The frame stays owned until then. */
  async find(frame: Frame, detections: Detections): Promise<Looks> {
    const followed = this.#followed;
    const seen = inPixelsOf(detections, { from: frame.size, to: followed.size ?? frame.size });
    const wanted = whomToLookAt(seen, { ...this.#options, followed, at: frame.at });
    const found = await Promise.all(
      wanted.map((index) => lookAt(this.#model, { frame, box: boxAt(detections, index) })),
    );
    const byIndex = new Map(wanted.map((index, i) => [index, found[i] ?? null]));
    return { detections, embeddings: Array.from({ length: detections.count }, (_, i) => byIndex.get(i) ?? null) };
  }

  /** How each track looks that came of a frame, in pixels of `size`. To be called in the order of the frames. */
  follow(
    tracked: Tracked,
    { detections, embeddings }: Looks,
    { at, from, size }: { readonly at: Micros; readonly from: Size; readonly size: Size },
  ): (Embedding | null)[] {
    const own = foundOfTracks(tracked, inPixelsOf(detections, { from, to: size }));
    const appearances = Array.from(own, (index) => embeddings[index] ?? null);
    const lookedAt = new Map<number, Micros>();
    tracked.tracks.forEach((track, i) => {
      const look = appearances[i] ? at : this.#followed.lookedAt.get(track);
      if (look !== undefined) lookedAt.set(track, look);
    });
    this.#followed = { tracked, lookedAt, size };
    return appearances;
  }
}
