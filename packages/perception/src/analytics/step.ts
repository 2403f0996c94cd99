import type { Micros } from "@sensorium/protocol";

/**
 * One step of an analysis: pure, so that a recorded stream replayed through it gives what the live one gave.
 * `at` is the time of the input, media time unless another unit is named.
 */
export type Step<State, Input, Event, Time = Micros> = (
  state: State,
  input: Input,
  at: Time,
) => { readonly state: State; readonly events: readonly Event[] };
