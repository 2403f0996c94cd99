import type { PickleDict, PickleObject, PickleValue } from "../torch/value.ts";
import { convertUltralytics } from "../ultralytics/convert.ts";
import { runOnnx } from "./session.ts";
import { conv2d, dict, floats, list, torchModule, torchModules } from "./torch-module.ts";

/** Side of the pictures, and input pixels per cell of the feature maps that `detector` has. */
export const side = 64;
export const strides = [8, 16, 32];

/** A checkpoint as Ultralytics saves it; what is not given is usual. */
export interface TinyTraining {
  readonly names?: PickleValue;
  /** Settings of the network. */
  readonly settings?: Readonly<Record<string, PickleValue>>;
  /** What is kept beside the network. */
  readonly beside?: Readonly<Record<string, PickleValue>>;
}

/** A checkpoint with layers one after the other, except those that say what they follow. */
export function trained(
  layers: readonly PickleObject[],
  { names = list("a", "b"), settings, beside }: TinyTraining = {},
): PickleDict {
  const placed = layers.map((layer) => ({ ...layer, attributes: new Map([["f", -1], ...layer.attributes]) }));
  const model = torchModule(
    "ultralytics.nn.tasks.DetectionModel",
    { names, stride: floats([3], strides), ...settings },
    { model: torchModules("Sequential", placed) },
  );
  return dict({ model, ema: null, train_args: dict({ imgsz: side }), ...beside });
}

/** Three feature maps of one channel, and a head over them. */
export function detector(head: PickleObject): PickleObject[] {
  const pyramid = [8, 2, 2].map((stride, level) => conv2d({ inputs: level === 0 ? 3 : 1, bias: [0], stride }));
  const attributes = new Map<string, PickleValue>([...head.attributes, ["f", list(0, 1, 2)]]);
  return [...pyramid, { ...head, attributes }];
}

/** One branch per feature map that says the same in every cell. */
export function saying(bias: readonly number[]): PickleObject {
  return torchModules(
    "ModuleList",
    strides.map(() => conv2d({ inputs: 1, bias })),
  );
}

const bins = 4;

/** Surely two cells to the left, one up, three to the right and one down. */
const edges = [2, 1, 3, 1].flatMap((distance) => Array.from({ length: bins }, (_, bin) => (bin === distance ? 60 : 0)));

/** A head of YOLOv8 for two classes, which sees the second everywhere; more settings and parts replace its own. */
export function head(
  name: string,
  settings: Readonly<Record<string, PickleValue>> = {},
  parts: Readonly<Record<string, PickleObject>> = {},
): PickleObject {
  const conv = torchModule("torch.nn.modules.conv.Conv2d", { weight: floats([1, bins, 1, 1], [0, 1, 2, 3]) });
  const dfl = torchModule("ultralytics.nn.modules.block.DFL", {}, { conv });
  return torchModule(
    `ultralytics.nn.modules.head.${name}`,
    { nc: 2, reg_max: bins, stride: floats([3], strides), ...settings },
    { cv2: saying(edges), cv3: saying([0, 60]), dfl, ...parts },
  );
}

/** A classifier of two classes; the odds of the first are e to a tenth of the one value that `block` makes. */
export function classifier(block: PickleObject): PickleObject {
  const linear = { weight: floats([2, 1], [0.1, 0]), bias: floats([2], 0) };
  return torchModule(
    "ultralytics.nn.modules.head.Classify",
    {},
    {
      conv: block,
      pool: torchModule("torch.nn.modules.pooling.AdaptiveAvgPool2d", { output_size: 1 }),
      drop: torchModule("torch.nn.modules.dropout.Dropout", { p: 0.5 }),
      linear: torchModule("torch.nn.modules.linear.Linear", linear),
    },
  );
}

/** The output of a checkpoint's network for a black picture, by rows. */
export async function rowsOf(root: PickleValue): Promise<number[][]> {
  const { onnx } = convertUltralytics(root);
  const data = new Float32Array(3 * side * side);
  const { output0 } = await runOnnx(onnx, { images: { data, dims: [1, 3, side, side] } });
  const { dims = [], values = [] } = output0 ?? {};
  const length = dims.at(-1) ?? 1;
  return Array.from({ length: values.length / length }, (_, row) => values.slice(row * length, (row + 1) * length));
}
