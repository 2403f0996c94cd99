import type { Step } from "@sensorium/perception";
import type { Micros } from "@sensorium/protocol";

/** A step that keeps its own state from one input to the next. */
export class Ongoing<State, Input, Event, Time = Micros> {
  state: State;
  #step: Step<State, Input, Event, Time>;

  constructor(step: Step<State, Input, Event, Time>, initial: State) {
    this.#step = step;
    this.state = initial;
  }

  /** Goes on by another rule. */
  follow(step: Step<State, Input, Event, Time>): void {
    this.#step = step;
  }

  take(input: Input, at: Time): readonly Event[] {
    const { state, events } = this.#step(this.state, input, at);
    this.state = state;
    return events;
  }
}
