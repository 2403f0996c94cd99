import { SensoriumError, type Size } from "@sensorium/protocol";

/** What an ONNX file says about itself, as Ultralytics fills it in; other exporters leave it empty. */
export type Metadata = Readonly<Record<string, string>>;

const SIDE = 640;
const SIDES = { least: 32, most: 4096 };

/** The licence that a file names. */
export const licenceOf = ({ license }: Metadata): string => license ?? "as its publisher states";

/** Input pixels per cell of the feature maps: from 8, each twice the one before, to the largest, which files name. */
export function stridesOf({ stride }: Metadata): readonly number[] {
  return stride === "64" ? [8, 16, 32, 64] : [8, 16, 32];
}

/**
 * The size of pictures that a model of any size was trained on: `imgsz`, as `[height, width]` or one number; else 640.
 * @throws SensoriumError "model-invalid" when it is something else.
 */
export function trainedSize({ imgsz }: Metadata): Size {
  if (imgsz === undefined) return { width: SIDE, height: SIDE };
  const [, one, height = one, width = one] = /^\s*(?:(\d+)|\[\s*(\d+)\s*,\s*(\d+)\s*\])\s*$/.exec(imgsz) ?? [];
  const size = { width: Number(width), height: Number(height) };
  const possible = (side: number): boolean => side >= SIDES.least && side <= SIDES.most;
  if (possible(size.width) && possible(size.height)) return size;
  throw new SensoriumError("model-invalid", `its metadata names the picture size ${imgsz}, which is none`);
}

/** Whether the graph itself picks one box per object. */
export const picksBoxes = ({ end2end, args = "" }: Metadata): boolean =>
  end2end === "True" || /'nms'\s*:\s*True/.test(args);
