import type { wifiDensepose as wire } from "@sensorium/protocol/wire";

/** Somebody who is there now. */
export interface PersonNow {
  readonly person: number;
  readonly activity: wire.Person["activity"]["type"];
  /** 0..1, of the activity. */
  readonly confidence: number;
  /** The camera that sees them best. */
  readonly camera: string;
  readonly simulated: boolean;
}

/** The newest frame of a camera. */
export interface SeenFrame {
  readonly receivedMs: number;
  readonly people: readonly (PersonNow & { readonly score: number })[];
}

/** Frames older than this say nothing of now. */
const FRESH_MS = 6_000;

/** The people of a message, and its camera. */
export function seenIn({ data, metadata }: wire.PoseDataMessage, receivedMs: number): readonly [string, SeenFrame] {
  const camera = metadata?.source?.id ?? "";
  const simulated = metadata?.source?.simulated ?? false;
  const people = data.persons.map(({ person_id: person, confidence: score, activity }) => ({
    ...{ person, score, camera, simulated },
    activity: activity.type,
    confidence: activity.confidence,
  }));
  return [camera, { receivedMs, people }];
}

/** Everybody once, by their numbers, as the camera sees them that sees them best. */
export function peopleNow(frames: Iterable<SeenFrame>, nowMs: number): readonly PersonNow[] {
  const best = new Map<number, SeenFrame["people"][number]>();
  for (const { receivedMs, people } of frames) {
    if (nowMs - receivedMs > FRESH_MS) continue;
    for (const one of people) {
      const other = best.get(one.person);
      if (!other || one.score > other.score) best.set(one.person, one);
    }
  }
  return [...best.values()].sort((one, other) => one.person - other.person);
}
