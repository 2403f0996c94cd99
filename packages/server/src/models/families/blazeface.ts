import type { ModelDescription } from "@sensorium/model-import";
import { type Faces, SensoriumError } from "@sensorium/protocol";
import { around } from "./boxes.ts";
import { bestFaces, FACE_DETECTOR_CROP, faceList } from "./faces.ts";
import type { DecodeContext, Family, OutputTensor } from "./family.ts";
import { logistic } from "./logistic.ts";
import type { PointedBoxList } from "./pointed-boxes.ts";
import { pictureSize } from "./shapes.ts";

const SIDE = 256;
/** Box, then x and y of right eye, left eye, nose, mouth, right and left ear. */
const VALUES = 16;
/** Its two maps: so many anchors lie in the centre of each cell. */
const MAPS = [
  { stride: 16, anchors: 2 },
  { stride: 32, anchors: 6 },
] as const;

/**
 * BlazeFace for 256×256 (Bazarevsky et al. 2019, arXiv 1907.05047): per map an output [1, anchors, 1] of logits and one
 * [1, anchors, 16] of box centre, size and six landmarks in input pixels from the anchor. The middle of the mouth and
 * the ears are left out; it does not give the mouth's corners.
 */
export const blazeface: Family<"face-detect"> = {
  task: "face-detect",
  name: "blazeface",
  outputs: null,

  recognise(description: ModelDescription) {
    const size = pictureSize(description);
    if (size?.width !== SIDE || size.height !== SIDE || headsOf(description.outputs) === null) return null;
    return {
      task: "face-detect",
      family: "blazeface",
      input: {
        ...size,
        fit: "contain-centre",
        pad: 0,
        order: "rgb",
        mean: [127.5, 127.5, 127.5],
        std: [127.5, 127.5, 127.5],
        layout: "nchw",
      },
      crop: FACE_DETECTOR_CROP,
      minScore: 0.5,
      licence: "Apache-2.0",
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Faces {
    const tensors = [...outputs.values()];
    const heads = headsOf(tensors);
    if (!heads) {
      const shapes = tensors.map(({ shape }) => `[${shape}]`).join(", ");
      throw new SensoriumError("model-invalid", `the outputs ${shapes} are not those of a BlazeFace model`);
    }
    const found = faceList();
    for (const head of heads) readHead(head, { found, minScore: context.minScore });
    return bestFaces(found, context);
  },
};

type Shaped = { readonly shape: readonly (number | string)[] | null };

interface Head<Tensor> {
  readonly map: (typeof MAPS)[number];
  readonly logits: Tensor;
  readonly boxes: Tensor;
}

/** Pairs the outputs by their shapes; null when they do not pair. */
function headsOf<Tensor extends Shaped>(tensors: readonly Tensor[]): Head<Tensor>[] | null {
  const heads = MAPS.map((map) => {
    const count = (SIDE / map.stride) ** 2 * map.anchors;
    const of = (values: number) => tensors.find(({ shape }) => shape?.join() === `1,${count},${values}`);
    const [logits, boxes] = [of(1), of(VALUES)];
    return logits && boxes && { map, logits, boxes };
  }).filter((head) => head !== undefined);
  return heads.length === MAPS.length ? heads : null;
}

interface Reading {
  readonly found: PointedBoxList;
  readonly minScore: number;
}

function readHead({ map, logits, boxes }: Head<OutputTensor>, { found, minScore }: Reading): void {
  const columns = SIDE / map.stride;
  logits.data.forEach((logit, anchor) => {
    const score = logistic(logit);
    if (!(score >= minScore)) return;
    const cell = Math.floor(anchor / map.anchors);
    const centre = { x: ((cell % columns) + 0.5) * map.stride, y: (Math.floor(cell / columns) + 0.5) * map.stride };
    const values = boxes.data.subarray(anchor * VALUES, (anchor + 1) * VALUES);
    const [x = 0, y = 0, width = 0, height = 0, ...offsets] = values;
    const landmarks = offsets.slice(0, 6).map((offset, i) => offset + (i % 2 === 0 ? centre.x : centre.y));
    found.add(around({ x: centre.x + x, y: centre.y + y }, { width, height }), score, landmarks);
  });
}
