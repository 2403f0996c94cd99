import type { ModelDescription } from "@sensorium/model-import";
import type { Embedding } from "@sensorium/protocol";
import { embeddingOf } from "./embedding.ts";
import type { Family, OutputTensor } from "./family.ts";
import { RAW } from "./normalisation.ts";
import { pictureSize } from "./shapes.ts";

const OUTPUT = "global_pooling/Mean";

/**
 * The face description of HSE (Savchenko 2021, arXiv 2103.17107) as the `human` package brings it: MobileNet, whose
 * last average [1, 1024] stands for the face. Age and sex, which it tells as well, are not read.
 */
export const faceres: Family<"face-embed"> = {
  task: "face-embed",
  name: "faceres",
  outputs: [OUTPUT],

  recognise(description: ModelDescription) {
    const size = pictureSize(description);
    if (!size || !description.outputs.some(({ name }) => name === OUTPUT)) return null;
    return {
      task: "face-embed",
      family: "faceres",
      input: { ...size, fit: "stretch", pad: 0, order: "rgb", ...RAW, layout: "nchw" },
      // The tighter, the farther apart different people are: a margin of a fifth halves the distance.
      crop: { margin: 0, square: true },
      alignment: "none",
      licence: "MIT",
    };
  },

  decode: (outputs: ReadonlyMap<string, OutputTensor>): Embedding => embeddingOf(outputs, "faceres"),
};
