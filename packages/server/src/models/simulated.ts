import type { Detections } from "@sensorium/protocol";
import type { Frame } from "../flow/frame.ts";
import { walkerBox, walkersAt } from "../sources/simulated-room.ts";
import type { Detector, DetectorInfo, Inference } from "./detector.ts";

/** Knows where the people of the simulated room are, instead of looking. */
export class SimulatedDetector implements Detector {
  readonly format = null;
  readonly concurrency = 1;
  readonly model: DetectorInfo = {
    name: "simulated",
    task: "detect",
    family: "simulated",
    provider: "none",
    classes: ["person"],
    thresholds: { low: 0.1, high: 0.5, start: 0.6 },
    licence: "Apache-2.0",
  };
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  async detect(frame: Frame): Promise<Inference> {
    const walkers = walkersAt(this.#seed, frame.at / 1e6);
    const detections: Detections = {
      count: walkers.length,
      boxes: Float32Array.from(walkers.flatMap(walkerBox)),
      scores: new Float32Array(walkers.length).fill(1),
      classes: new Uint16Array(walkers.length),
    };
    return { detections, inferenceMs: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
