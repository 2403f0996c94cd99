import type { ModelDescription } from "@sensorium/model-import";
import { type BodySurface, type Box, bodySurface, SURFACE_PARTS, type SurfaceMaps } from "@sensorium/perception";
import { SensoriumError, type Size } from "@sensorium/protocol";
import type { DecodeContext, Family, OutputTensor } from "./family.ts";
import { licenceOf } from "./metadata.ts";
import { placement } from "./placement.ts";
import { pictureSize } from "./shapes.ts";

/** Channels of the coarse segmentation: the background, and one body or its 14 coarse parts. */
const COARSE = [2, 15];

/** What exports of Detectron2, of Detectron and after the paper call coarse segmentation, fine segmentation, U and V. */
const NAMES = [
  ["coarse_segm", "annindex", "s"],
  ["fine_segm", "index_uv", "i"],
  ["u", "u_estimated"],
  ["v", "v_estimated"],
];

/** Around a person, for a network that looks for them itself. */
const MARGIN = 0.2;

/**
 * DensePose R-CNN (Güler, Neverova, Kokkinos 2018, arXiv 1802.00434), its heads: coarse segmentation [n, 2 or 15, h, w],
 * fine segmentation, U and V [n, 25, h, w], told apart by their names or else by their order. Alone, they are of one
 * person who fills the input. With boxes [n, 4] in pixels of the input besides, it is the whole network: it looks at a
 * person and what is around them, and the largest body is taken for theirs. Fed as Detectron2 does it.
 */
export const densepose: Family<"dense-pose"> = {
  task: "dense-pose",
  name: "densepose",
  outputs: null,

  recognise({ inputs, outputs, metadata }: ModelDescription) {
    const size = pictureSize({ inputs });
    const heads = headsAmong(outputs);
    if (!size || !heads) return null;
    const boxes = outputs.filter(isBoxes).slice(0, 1);
    const whole = boxes.length > 0;
    return {
      task: "dense-pose",
      family: "densepose",
      input: {
        ...size,
        fit: whole ? "contain-topleft" : "stretch",
        pad: 114,
        order: "bgr",
        mean: [103.53, 116.28, 123.675],
        std: [1, 1, 1],
        layout: "nchw",
      },
      crop: { margin: whole ? MARGIN : 0, square: false },
      licence: licenceOf(metadata),
      outputs: [...heads, ...boxes].map(({ name }) => name),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): BodySurface | null {
    const heads = headsIn([...outputs.values()]);
    const { toX, toY } = placement(context);
    const [body] = instancesOf(heads, context.input)
      .map(({ x1, y1, x2, y2 }) => ({ x1: toX(x1), y1: toY(y1), x2: toX(x2), y2: toY(y2) }))
      .map((covered, index) => ({ index, covered, box: common(covered, context.region) }))
      .filter(({ box }) => areaOf(box) > 0)
      .sort((one, other) => areaOf(other.box) - areaOf(one.box));
    return body ? surfaceOf(heads, body) : null;
  },
};

/** An output before it has values. */
interface Described {
  readonly name: string;
  readonly shape: readonly (number | string)[] | null;
}

const isBoxes = ({ shape }: Pick<Described, "shape">): boolean => shape?.length === 2 && shape[1] === 4;
const hasChannels = ({ shape }: Pick<Described, "shape">, counts: readonly number[]): boolean =>
  shape?.length === 4 && counts.some((count) => count === shape[1]);

/** Coarse segmentation, fine segmentation, U and V; null where they are not all there, or not told apart. */
function headsAmong(outputs: readonly Described[]): readonly Described[] | null {
  const coarse = outputs.filter((output) => hasChannels(output, COARSE));
  const charts = outputs.filter((output) => hasChannels(output, [SURFACE_PARTS]));
  const named = NAMES.map((names, head) => {
    return (head === 0 ? coarse : charts).find(({ name }) => names.includes(name.replace(/^.*\//, "").toLowerCase()));
  }).filter((output) => output !== undefined);
  if (named.length === NAMES.length) return named;
  return coarse.length === 1 && charts.length === 3 ? [...coarse, ...charts] : null;
}

/** What a run has given, in the order of the manifest. */
interface Heads extends SurfaceMaps {
  /** How many bodies it is of. */
  readonly count: number;
  readonly boxes: Float32Array | undefined;
}

/** @throws SensoriumError "model-invalid" when these are not DensePose's outputs. */
function headsIn(tensors: readonly OutputTensor[]): Heads {
  const [coarse, fine, u, v, boxes] = tensors;
  const fits =
    coarse && hasChannels(coarse, COARSE) && [fine, u, v].every((chart) => chart && isChartBeside(coarse, chart));
  const [count = 0, , height = 0, width = 0] = coarse?.shape ?? [];
  const located = boxes ? isBoxes(boxes) && boxes.shape[0] === count : count === 1;
  if (fits && fine && u && v && located) {
    return {
      ...{ count, width, height, coarse: coarse.data, fine: fine.data, u: u.data, v: v.data },
      boxes: boxes?.data,
    };
  }
  const shapes = tensors.map(({ shape }) => `[${shape}]`).join(", ");
  const needed =
    "coarse segmentation [n,2 or 15,h,w], fine segmentation, U and V [n,25,h,w], and boxes [n,4] unless n is 1";
  throw new SensoriumError("model-invalid", `the outputs ${shapes} are not those of a DensePose model: ${needed}`);
}

const isChartBeside = ({ shape: [count, , height, width] }: OutputTensor, { shape }: OutputTensor): boolean =>
  shape.join() === [count, SURFACE_PARTS, height, width].join();

/** What the maps of each body cover, in pixels of the input. */
function instancesOf({ count, boxes }: Heads, { width, height }: Size): Box[] {
  if (!boxes) return [{ x1: 0, y1: 0, x2: width, y2: height }];
  return Array.from({ length: count }, (_, index) => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = boxes.subarray(4 * index, 4 * index + 4);
    return { x1, y1, x2, y2 };
  });
}

/** One body of those that were found; places in source pixels. */
interface Instance {
  readonly index: number;
  readonly covered: Box;
  /** What of it lies in the picture. */
  readonly box: Box;
}

function surfaceOf(heads: Heads, { index, covered, box }: Instance): BodySurface | null {
  const { count, width, height } = heads;
  const own = (all: Float32Array): Float32Array =>
    all.subarray((index * all.length) / count, ((index + 1) * all.length) / count);
  const across = (x: number): number => ((x - covered.x1) / (covered.x2 - covered.x1)) * width;
  const down = (y: number): number => ((y - covered.y1) / (covered.y2 - covered.y1)) * height;
  const maps = { width, height, coarse: own(heads.coarse), fine: own(heads.fine), u: own(heads.u), v: own(heads.v) };
  const shown = { x1: across(box.x1), y1: down(box.y1), x2: across(box.x2), y2: down(box.y2) };
  return bodySurface(maps, { box, shown });
}

const common = (a: Box, b: Box): Box => ({
  x1: Math.max(a.x1, b.x1),
  y1: Math.max(a.y1, b.y1),
  x2: Math.min(a.x2, b.x2),
  y2: Math.min(a.y2, b.y2),
});

const areaOf = ({ x1, y1, x2, y2 }: Box): number => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
