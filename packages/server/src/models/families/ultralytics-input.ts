import type { Size } from "@sensorium/protocol";
import type { InputSpec } from "../manifest.ts";
import { UNIT } from "./normalisation.ts";

/** How every Ultralytics detector wants its pictures: aspect kept, centred on grey, RGB from 0 to 1. */
export const ultralyticsInput = ({ width, height }: Size): InputSpec => ({
  width,
  height,
  fit: "contain-centre",
  pad: 114,
  order: "rgb",
  ...UNIT,
  layout: "nchw",
});
