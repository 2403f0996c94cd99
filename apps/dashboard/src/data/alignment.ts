import type { live } from "@sensorium/protocol/wire";

/** One tracked object at one instant, in source pixels. */
export interface Box {
  readonly id: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly score: number;
  readonly classIndex: number;
  /** x, y, score of COCO's 17 keypoints; null where there are none. */
  readonly keypoints: readonly number[] | null;
}

/** The boxes that belong to a picture, and the size of the picture in whose pixels they are. */
export interface Boxes {
  readonly size: live.TracksMessage["size"];
  readonly boxes: readonly Box[];
}

/** A picture to be shown now; `skipped` are older ones that never will be, for their owner to release. */
export interface Shown<P> {
  readonly picture: P;
  readonly boxes: Boxes | null;
  readonly skipped: readonly P[];
}

/** How long a picture waits for its boxes before it is shown with the nearest ones. */
const WAIT_MS = 150;
/** Boxes further than this from a picture's time say nothing about it. */
const REACH_US = 1_000_000;
/** When no tracks came for this long, nobody infers and pictures do not wait. */
const QUIET_MS = 1_000;
const KEPT_TRACKS = 64;
const KEPT_PICTURES = 12;
/** x, y and score of 17 keypoints. */
const VALUES = 51;

interface Waiting<P> {
  readonly picture: P;
  readonly sinceMs: number;
}

/**
 * Brings pictures and tracks together by their media time. A picture is shown once tracks of its time or later are
 * known, or its short wait is over; the newest such picture wins. A picture between two inferred frames gets boxes
 * interpolated between them.
 */
export class Alignment<P extends { readonly at: number }> {
  #tracks: live.TracksMessage[] = [];
  #tracksMs = Number.NEGATIVE_INFINITY;
  #pictures: Waiting<P>[] = [];
  #newestAt = Number.NEGATIVE_INFINITY;

  /** Pictures that have not been shown or given back. */
  get waiting(): number {
    return this.#pictures.length;
  }

  /** A smaller time than before is a new stream: what is known of the old one is forgotten. */
  addTracks(tracks: live.TracksMessage, nowMs: number): void {
    const last = this.#tracks.at(-1);
    if (last && tracks.at < last.at) this.#tracks = [];
    this.#tracks.push(tracks);
    if (this.#tracks.length > KEPT_TRACKS) this.#tracks.shift();
    this.#tracksMs = nowMs;
  }

  /**
   * Takes `picture` in and returns those that will not be shown because of it: all of an old stream when it starts
   * a new one, or itself when a newer one overtook it on the way.
   */
  addPicture(picture: P, nowMs: number): readonly P[] {
    const behind = this.#newestAt - picture.at;
    if (behind >= 0 && behind < REACH_US) return [picture];
    const gone = behind > 0 ? this.#pictures.splice(0) : [];
    this.#newestAt = picture.at;
    this.#pictures.push({ picture, sinceMs: nowMs });
    if (this.#pictures.length > KEPT_PICTURES) gone.push(...this.#pictures.splice(0, 1));
    return gone.map(({ picture }) => picture);
  }

  /** The picture to show now, or null while none is ready. */
  take(nowMs: number): Shown<P> | null {
    const index = this.#pictures.findLastIndex((waiting) => this.#isReady(waiting, nowMs));
    const taken = this.#pictures.splice(0, index + 1).map(({ picture }) => picture);
    const picture = taken.pop();
    return picture === undefined ? null : { picture, boxes: this.boxesAt(picture.at), skipped: taken };
  }

  /** The boxes at media time `at`: exact, interpolated, or the nearest within reach. */
  boxesAt(at: number): Boxes | null {
    const after = this.#tracks.find((tracks) => tracks.at >= at);
    const before = this.#tracks.findLast((tracks) => tracks.at <= at);
    if (before && after && before !== after && after.at - before.at <= REACH_US) return between(before, after, at);
    const near = [before, after].find((tracks) => tracks && Math.abs(tracks.at - at) <= REACH_US);
    return near ? { size: near.size, boxes: boxesOf(near) } : null;
  }

  /** Forgets everything and returns the pictures that waited. */
  clear(): readonly P[] {
    this.#tracks = [];
    this.#newestAt = Number.NEGATIVE_INFINITY;
    return this.#pictures.splice(0).map(({ picture }) => picture);
  }

  #isReady({ picture, sinceMs }: Waiting<P>, nowMs: number): boolean {
    const known = this.#tracks.at(-1);
    if (known && known.at >= picture.at) return true;
    return nowMs - sinceMs >= WAIT_MS || nowMs - this.#tracksMs >= QUIET_MS;
  }
}

/** Objects in both frames move in a straight line between them; one in a single frame is shown in the nearer half. */
function between(before: live.TracksMessage, after: live.TracksMessage, at: number): Boxes {
  const share = (at - before.at) / (after.at - before.at);
  const [earlier, later] = [boxesOf(before), boxesOf(after)];
  const laterById = new Map(later.map((box) => [box.id, box]));
  const earlierIds = new Set(earlier.map(({ id }) => id));
  const moving = earlier.flatMap((box) => {
    const next = laterById.get(box.id);
    return next ? [mix(box, next, share)] : share < 0.5 ? [box] : [];
  });
  const appearing = share >= 0.5 ? later.filter(({ id }) => !earlierIds.has(id)) : [];
  return { size: after.size, boxes: [...moving, ...appearing] };
}

function mix(from: Box, to: Box, share: number): Box {
  const lerp = (a: number, b: number): number => a + (b - a) * share;
  return {
    ...to,
    x1: lerp(from.x1, to.x1),
    y1: lerp(from.y1, to.y1),
    x2: lerp(from.x2, to.x2),
    y2: lerp(from.y2, to.y2),
    keypoints: mixKeypoints(from.keypoints, to.keypoints, lerp),
  };
}

/** Places move; scores are those of the later sight. */
function mixKeypoints(from: Box["keypoints"], to: Box["keypoints"], lerp: (a: number, b: number) => number) {
  if (!from || !to) return to;
  return to.map((value, i) => (i % 3 === 2 ? value : lerp(from[i] ?? value, value)));
}

function boxesOf({ ids, boxes, scores, classes, keypoints }: live.TracksMessage): Box[] {
  return ids.map((id, i) => ({
    id,
    x1: boxes[4 * i] ?? 0,
    y1: boxes[4 * i + 1] ?? 0,
    x2: boxes[4 * i + 2] ?? 0,
    y2: boxes[4 * i + 3] ?? 0,
    score: scores[i] ?? 0,
    classIndex: classes[i] ?? 0,
    keypoints: keypoints?.slice(VALUES * i, VALUES * (i + 1)) ?? null,
  }));
}
