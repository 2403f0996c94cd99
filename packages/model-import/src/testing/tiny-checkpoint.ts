import * as p from "./pickle.ts";

/** A tensor of 2 by 2 over the storage `0`, which holds `four`. */
export const matrix = { storage: "FloatStorage", key: "0", length: 4, shape: [2, 2], strides: [2, 1] };

/** The numbers 1 to 4 as float32. */
export const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

/** A network of one convolution, as a checkpoint holds it. */
export const network = p.dict({
  epoch: p.int(-1),
  model: p.instance(p.global("ultralytics.nn.tasks", "DetectionModel"), {
    names: p.dict({ "0": p.text("person") }),
    _modules: p.dict({
      conv: p.instance(p.global("torch.nn.modules.conv", "Conv2d"), {
        _parameters: p.dict({
          weight: p.call(p.global("torch._utils", "_rebuild_parameter"), p.tensor(matrix), [0x88], p.emptyDict),
          bias: p.none,
        }),
        _modules: p.emptyDict,
      }),
      act: p.none,
    }),
  }),
});
