import type { Size, Tracked } from "@sensorium/protocol";

/** The tracks seen in one frame, and the size of the picture their boxes are in. */
export interface TrackedFrame {
  readonly tracked: Tracked;
  readonly size: Size;
}
