import { type Micros, micros } from "@sensorium/protocol";

/** How a count went: what it became and when, oldest first, and until when that is known. */
export interface Course {
  readonly changes: readonly { readonly at: Micros; readonly count: number }[];
  readonly until: Micros;
}

/** How many there were over a while. */
export interface Occupancy {
  readonly current: number;
  /** Weighted by time. */
  readonly average: number;
  readonly peak: number;
  /** Of the time asked for, what is known; shorter just after the start. */
  readonly known: Micros;
}

/** A course that goes on to `at` with `count`; what is older than `keepFor` is let go of. */
export function prolongCourse(
  course: Course | undefined,
  { count, at, keepFor }: { readonly count: number; readonly at: Micros; readonly keepFor: Micros },
): Course {
  const changes = course?.changes ?? [];
  const last = changes.at(-1);
  const grown = last?.count === count ? changes : [...changes, { at, count }];
  const since = at - keepFor;
  // The last change before the horizon says how many there were at it.
  const first = Math.max(
    0,
    grown.findLastIndex((change) => change.at <= since),
  );
  return { changes: first > 0 ? grown.slice(first) : grown, until: at };
}

/** How many there were in the last `over` of a course. */
export function occupancyOver({ changes, until }: Course, over: Micros): Occupancy {
  const since = Math.max(until - over, changes[0]?.at ?? until);
  const current = changes.at(-1)?.count ?? 0;
  let peopleMicros = 0;
  let peak = current;
  changes.forEach(({ at, count }, i) => {
    const start = Math.max(at, since);
    const end = changes[i + 1]?.at ?? until;
    if (end <= start) return;
    peopleMicros += count * (end - start);
    peak = Math.max(peak, count);
  });
  const known = until - since;
  return { current, average: known > 0 ? peopleMicros / known : current, peak, known: micros(known) };
}
