import type { Call, Layer, Value } from "../network.ts";
import { type Cell, cellsOf } from "./grid.ts";

/**
 * YOLOv5's detector: [anchors · cells, 5 + classes] of centre and size in input pixels, objectness and class
 * probabilities; within a feature map all cells of the first anchor come first.
 */
export const anchorDetect: Layer = (call) => {
  const { module, inputs } = call;
  const [anchors, values] = [module.integer("na"), module.integer("no")];
  const classes = module.integer("nc");
  if (values !== 5 + classes) throw module.invalid(`has ${values} values for ${classes} classes`);
  const rows = inputs.map((input, level) => rowsOf(call, branch(call, input, level), { anchors, values }));
  const joined = call.concat(rows);
  const all = call.emit("Sigmoid", [joined], { dims: joined.dims });
  const [places = all, sizes = all, scores = all] = call.split(all, [2, 2, 1 + classes], 1);
  const boxes = anchoredCells(call, anchors);
  return call.concat([centre(call, places, boxes), size(call, sizes, boxes), scores], 1);
};

/** A cell and the size of an anchor in input pixels. */
interface AnchoredCell extends Cell {
  readonly width: number;
  readonly height: number;
}

function branch(call: Call, input: Value, level: number): Value {
  const parts = call.module.part("m").items();
  const part = parts[level];
  if (part === undefined || parts.length !== call.inputs.length) {
    throw call.module.invalid(`has ${parts.length} branches for ${call.inputs.length} feature maps`);
  }
  return call.run(part, input);
}

/** [anchors · values, height, width] as [anchors · height · width, values]. */
function rowsOf(
  call: Call,
  map: Value,
  { anchors, values }: { readonly anchors: number; readonly values: number },
): Value {
  const [, height = 0, width = 0] = map.dims;
  const cells = height * width;
  const last = call.transpose(call.reshape(map, [anchors, values, cells]), [0, 2, 1]);
  return call.reshape(last, [anchors * cells, values]);
}

/** All cells of the first map with its first anchor, then with its second, and so on. Anchors are kept in cells. */
function anchoredCells(call: Call, count: number): AnchoredCell[] {
  const anchors = call.module.floats("anchors", [call.inputs.length, count, 2]);
  const all = cellsOf(call);
  return call.inputs.flatMap((_, level) => {
    const cells = all.filter((cell) => cell.level === level);
    return Array.from({ length: count }, (_, anchor) => {
      const [width = 0, height = 0] = anchors.subarray((level * count + anchor) * 2);
      return cells.map((cell) => ({ ...cell, width: width * cell.stride, height: height * cell.stride }));
    }).flat();
  });
}

/** A centre lies up to one cell beside the middle of its own: (2y − 1/2 + place) · stride. */
function centre(call: Call, places: Value, boxes: readonly AnchoredCell[]): Value {
  const doubled = call.floats(
    [boxes.length, 1],
    boxes.map(({ stride }) => 2 * stride),
  );
  const corners = boxes.flatMap(({ x, y, stride }) => [(x - 0.5) * stride, (y - 0.5) * stride]);
  return call.shift(call.scale(places, doubled), call.floats([boxes.length, 2], corners));
}

/** A side is up to four times the anchor's: (2y)² · anchor. */
function size(call: Call, sizes: Value, boxes: readonly AnchoredCell[]): Value {
  const squared = call.emit("Mul", [sizes, sizes], { dims: sizes.dims });
  const largest = boxes.flatMap(({ width, height }) => [4 * width, 4 * height]);
  return call.scale(squared, call.floats([boxes.length, 2], largest));
}
