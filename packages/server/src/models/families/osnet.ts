import type { ModelDescription } from "@sensorium/model-import";
import type { Embedding } from "@sensorium/protocol";
import { embeddingOf } from "./embedding.ts";
import type { Family, OutputTensor } from "./family.ts";
import { licenceOf } from "./metadata.ts";
import { IMAGENET } from "./normalisation.ts";
import { onlyOutput, pictureSize } from "./shapes.ts";

/** OSNet (Zhou et al. 2019, arXiv 1905.00953): people of 256×128 (height first) to one output [1, 512]. */
export const osnet: Family<"reid"> = {
  task: "reid",
  name: "osnet",
  outputs: null,

  recognise(description: ModelDescription) {
    const size = pictureSize(description);
    const [, values, ...more] = onlyOutput(description) ?? [];
    if (size?.width !== 128 || size.height !== 256 || more.length > 0 || values !== 512) return null;
    return {
      task: "reid",
      family: "osnet",
      input: { ...size, fit: "stretch", pad: 0, order: "rgb", ...IMAGENET, layout: "nchw" },
      crop: { margin: 0, square: false },
      // It gives two people who come in over the edge of the picture up to 0.69.
      minLikeness: 0.75,
      licence: licenceOf(description.metadata),
    };
  },

  decode: (outputs: ReadonlyMap<string, OutputTensor>): Embedding => embeddingOf(outputs, "OSNet"),
};
