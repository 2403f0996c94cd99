import type { ModelDescription } from "@sensorium/model-import";
import type { Embedding } from "@sensorium/protocol";
import { embeddingOf } from "./embedding.ts";
import type { Family, OutputTensor } from "./family.ts";
import { licenceOf } from "./metadata.ts";
import { onlyOutput, pictureSize } from "./shapes.ts";

const SIDE = 112;
const SIZES = [128, 256, 512];

/**
 * MobileFaceNet (Chen et al. 2018, arXiv 1804.07573) and others trained on faces aligned to 112×112 as ArcFace has
 * them: one output [1, 128], [1, 256] or [1, 512].
 */
export const mobilefacenet: Family<"face-embed"> = {
  task: "face-embed",
  name: "mobilefacenet",
  outputs: null,

  recognise(description: ModelDescription) {
    const size = pictureSize(description);
    const [, values = 0, ...more] = onlyOutput(description) ?? [];
    if (size?.width !== SIDE || size.height !== SIDE || more.length > 0 || !SIZES.includes(values)) return null;
    return {
      task: "face-embed",
      family: "mobilefacenet",
      input: {
        ...size,
        fit: "stretch",
        pad: 0,
        order: "rgb",
        mean: [127.5, 127.5, 127.5],
        std: [128, 128, 128],
        layout: "nchw",
      },
      crop: { margin: 0.3, square: true },
      alignment: "five-points",
      licence: licenceOf(description.metadata),
    };
  },

  decode: (outputs: ReadonlyMap<string, OutputTensor>): Embedding => embeddingOf(outputs, "MobileFaceNet"),
};
