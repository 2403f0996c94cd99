import type { Frame } from "../flow/frame.ts";
import { SimulatedRoom } from "../sources/simulated/room.ts";
import type { Detector, DetectorInfo, Inference } from "./detector.ts";

/** Knows where the people of the simulated room are, and how they hold themselves, instead of looking. */
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
  readonly #room: SimulatedRoom;

  constructor(seed: number) {
    this.#room = new SimulatedRoom(seed);
  }

  async detect(frame: Frame): Promise<Inference> {
    const poses = this.#room.observe(frame.at / 1e6);
    const { count, boxes, scores } = poses;
    return {
      detections: { count, boxes, scores, classes: new Uint16Array(count) },
      poses,
      inferenceMs: 0,
      decodeMs: 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
