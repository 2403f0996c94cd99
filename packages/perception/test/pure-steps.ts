import type { Micros } from "@sensorium/protocol";
import { expect } from "vitest";
import type { Step } from "../src/analytics/step.ts";

/** What a step is taken over: the state it begins with, and the frames. */
interface Course<S, I> {
  readonly from: S;
  readonly frames: Iterable<{ readonly frame: I; readonly at: Micros }>;
}

/** Fails when a step changes the state that it is given, or when it gives something else once it is taken again. */
export function expectPure<S, I, E>(step: Step<S, I, E>, { from, frames }: Course<S, I>): void {
  let state = from;
  for (const { frame, at } of frames) {
    const before = structuredClone(state);
    const next = step(state, frame, at);
    expect(step(state, frame, at)).toEqual(next);
    expect(state).toEqual(before);
    state = next.state;
  }
}
