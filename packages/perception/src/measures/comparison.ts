import type { Tracked } from "@sensorium/protocol";
import { iouMatrix } from "../geometry/iou.ts";

/** One frame of the truth beside one of a tracker's output; people and tracks are numbered from 0. */
export interface ComparedFrame {
  /** The person in each row. */
  readonly people: Int32Array;
  /** The track in each column. */
  readonly tracks: Int32Array;
  /** Intersection over union of every person with every track, row by row. */
  readonly overlaps: Float32Array;
}

/** A tracker's output beside the truth, ready to be measured. */
export interface Comparison {
  readonly frames: readonly ComparedFrame[];
  /** In how many frames each person is. */
  readonly people: Int32Array;
  /** In how many frames each track is. */
  readonly tracks: Int32Array;
}

/**
 * Sets a tracker's output beside the truth, frame by frame; a frame that one of them lacks is empty there. Numbers are
 * unique within a frame.
 */
export function compareTracks(truth: readonly Tracked[], output: readonly Tracked[]): Comparison {
  const people = new Numbering();
  const tracks = new Numbering();
  const frames = Array.from({ length: Math.max(truth.length, output.length) }, (_, index): ComparedFrame => {
    const [known, found] = [truth[index], output[index]];
    return {
      people: people.number(known?.tracks ?? nobody),
      tracks: tracks.number(found?.tracks ?? nobody),
      overlaps: known && found ? iouMatrix(known, found) : new Float32Array(0),
    };
  });
  return { frames, people: people.sightings(), tracks: tracks.sightings() };
}

const nobody = new Int32Array(0);

/** Person and track of a cell of a frame's overlaps as one number: person · tracks + track, over the whole comparison. */
export function pairAt({ tracks }: Comparison, frame: ComparedFrame, cell: number): number {
  const columns = frame.tracks.length;
  const person = frame.people[Math.floor(cell / columns)] ?? 0;
  return person * tracks.length + (frame.tracks[cell % columns] ?? 0);
}

/** In how many frames the two of a pair are, added up: the frames in which both are count twice. */
export function framesOf({ people, tracks }: Comparison, pair: number): number {
  return (people[Math.floor(pair / tracks.length)] ?? 0) + (tracks[pair % tracks.length] ?? 0);
}

/** Overlaps are single precision: one that is short of a threshold by no more than rounding reaches it. */
export const reaches = (overlap: number, threshold: number): boolean => overlap >= threshold - 1e-6;

/** How many people, or tracks, there are in all frames together. */
export const total = (sightings: Int32Array): number => sightings.reduce((sum, count) => sum + count, 0);

/** Numbers from 0 in the order of first sight, and how often each was seen. */
class Numbering {
  readonly #numbers = new Map<number, number>();
  readonly #sightings: number[] = [];

  number(items: Int32Array): Int32Array {
    return items.map((item) => {
      const number = this.#numbers.get(item) ?? this.#numbers.size;
      this.#numbers.set(item, number);
      this.#sightings[number] = (this.#sightings[number] ?? 0) + 1;
      return number;
    });
  }

  sightings(): Int32Array {
    return Int32Array.from(this.#sightings);
  }
}
