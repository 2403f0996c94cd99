import type { Call, Layer, Value } from "../network.ts";
import { branches, type Cell, cellsOf } from "./grid.ts";

/** YOLOv8's and YOLO11's detector: [4 + classes, cells] of centre and size in input pixels, then probabilities. */
export const detect: Layer = (call) => {
  const cells = cellsOf(call);
  const scores = branches(call, "cv3");
  const classes = call.module.integer("nc");
  if (scores.dims[0] !== classes) throw call.module.invalid(`has ${scores.dims[0]} scores for ${classes} classes`);
  const probabilities = call.emit("Sigmoid", [scores], { dims: scores.dims });
  return call.concat([boxes(call, cells), probabilities]);
};

/** The same, followed by the keypoints of each box: x and y in input pixels, then visibility where it is known. */
export const pose: Layer = (call) => {
  const detections = detect(call);
  return call.concat([detections, keypoints(call, cellsOf(call))]);
};

/**
 * The distances of a box's edges from its cell's centre, decoded from a distribution over whole numbers of cells
 * (Li et al., Generalized Focal Loss, 2020), as centre and size.
 */
function boxes(call: Call, cells: readonly Cell[]): Value {
  const edges = expectation(call, branches(call, "cv2"));
  const [near = edges, far = edges] = call.split(edges, [2, 2]);
  const strides = cells.map(({ stride }) => stride);
  const halves = call.floats(
    [1, cells.length],
    strides.map((stride) => stride / 2),
  );
  const middles = call.floats([2, cells.length], centres(cells, 0.5));
  const lean = call.emit("Sub", [far, near], { dims: near.dims });
  const centre = call.shift(call.scale(lean, halves), middles);
  const size = call.scale(call.add(near, far), call.floats([1, cells.length], strides));
  return call.concat([centre, size]);
}

/** The mean of each edge's distribution: [4 · bins, cells] to [4, cells]. */
function expectation(call: Call, distributions: Value): Value {
  const { module } = call;
  const bins = module.integer("reg_max");
  const dfl = module.part("dfl");
  if (!dfl.className.endsWith(".DFL")) throw dfl.unsupported("stands in place of a distribution of edges");
  const distances = dfl.part("conv").floats("weight", [1, bins, 1, 1]);
  const [, cells = 0] = distributions.dims;
  const last = call.transpose(call.reshape(distributions, [4, bins, cells]), [0, 2, 1]);
  const weights = call.emit("Softmax", [last], { dims: last.dims, attributes: { axis: -1n } });
  const constants = [call.floats([bins, 1], distances)];
  return call.reshape(call.emit("MatMul", [weights], { dims: [4, cells, 1], constants }), [4, cells]);
}

function keypoints(call: Call, cells: readonly Cell[]): Value {
  const [points, values] = call.module.pair("kpt_shape");
  if (values !== 2 && values !== 3) throw call.module.unsupported(`has keypoints of ${values} values`);
  const raw = branches(call, "cv4");
  const all = call.reshape(raw, [points, values, cells.length]);
  const [places = all, ...visible] = values === 3 ? call.split(all, [2, 1], 1) : [all];
  const doubled = call.floats(
    [1, cells.length],
    cells.map(({ stride }) => 2 * stride),
  );
  const moved = call.shift(call.scale(places, doubled), call.floats([2, cells.length], centres(cells, 0)));
  const shown = visible.map((each) => call.emit("Sigmoid", [each], { dims: each.dims }));
  return call.reshape(call.concat([moved, ...shown], 1), raw.dims);
}

/** The x, then the y, of all cells in input pixels, moved by a part of a cell. */
function centres(cells: readonly Cell[], offset: number): number[] {
  const xs = cells.map(({ x, stride }) => (x + offset) * stride);
  const ys = cells.map(({ y, stride }) => (y + offset) * stride);
  return [...xs, ...ys];
}
