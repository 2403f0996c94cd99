import { describe, expect, it } from "vitest";
import { describeModel } from "../onnx/describe.ts";
import { refusalOf } from "../testing/refusal.ts";
import { detector, head, saying, strides, trained } from "../testing/tiny-network.ts";
import { conv2d, dict, floats, list, torchModule, torchModules, tuple } from "../testing/torch-module.ts";
import type { PickleDict, PickleValue } from "../torch/value.ts";
import { convertUltralytics } from "./convert.ts";

const layers = detector(head("Detect"));

function refusal(root: PickleValue): Promise<string> {
  return refusalOf(() => convertUltralytics(root));
}

describe("what a checkpoint says", () => {
  it("names with quotes and letters of any script come through the metadata", () => {
    const entries = new Map<PickleValue, PickleValue>([
      [1, 'cat\'s \\ "paw"'],
      [0, "Hühner\n鸡"],
    ]);
    const { onnx, manifest } = convertUltralytics(trained(layers, { names: { kind: "dict", entries } }));
    expect(manifest.classes).toEqual(["Hühner\n鸡", 'cat\'s \\ "paw"']);
    expect(describeModel(onnx).metadata.names).toBe(`{0: 'Hühner\\n鸡', 1: 'cat\\'s \\\\ "paw"'}`);
  });

  it.each([
    ["one number", 100, { width: 128, height: 128 }],
    ["height and width", list(64, 96), { width: 96, height: 64 }],
  ])("a training's picture size, %s, becomes whole strides", (_, imgsz, input) => {
    const root = trained(layers, { beside: { train_args: dict({ imgsz }) } });
    expect(convertUltralytics(root).manifest.input).toEqual(input);
  });

  it("the averaged network is taken where there is one", () => {
    const { entries } = trained(layers, { names: list("averaged", "b") });
    const root = trained(layers, { beside: { ema: entries.get("model") ?? null } });
    expect(convertUltralytics(root).manifest.classes).toEqual(["averaged", "b"]);
  });
});

describe("what cannot be converted is refused", () => {
  const ofMine = torchModules(
    "ModuleList",
    strides.map(() => torchModule("my.Block")),
  );
  const unknown = [
    {
      what: "a module within a known one",
      head: head("Detect", {}, { cv2: ofMine }),
      why: "The network uses the module my.Block at model.3.cv2.0, which is not known.",
    },
    {
      what: "a second set of branches of a known head",
      head: head("Detect", {}, { one2one_cv2: saying([0]) }),
      why: "The network uses the module torch.nn.modules.container.ModuleList at model.3.one2one_cv2, which is not known.",
    },
    {
      what: "another task",
      head: head("Segment"),
      why: "The module ultralytics.nn.modules.head.Segment at model.3 is the head of the network, and not a known one.",
    },
  ];
  it.each(unknown)("$what, by its name and place", async ({ head, why }) => {
    expect(await refusal(trained(detector(head)))).toBe(`model-unsupported: ${why}`);
  });

  const weights = dict({ "model.0.conv.weight": floats([1], 0), "model.0.bn.weight": floats([1], 0) });
  it.each<[string, PickleDict]>([
    ["alone", weights],
    ["under model", dict({ model: weights })],
    ["under state_dict", dict({ epoch: 3, state_dict: weights })],
  ])("weights without their network, %s, saying what is missing", async (_, root) => {
    expect(await refusal(root)).toMatch(
      /^model-unsupported: .* only weights .*model\.0\.conv\.weight and 1 more.* network .* is missing/,
    );
  });

  it("pictures that have to be normalised", async () => {
    const settings = { mean: list(0.5, 0.5, 0.5), std: tuple(1, 1, 1) };
    const normalize = torchModule("torchvision.transforms.transforms.Normalize", settings);
    const transforms = torchModule("torchvision.transforms.transforms.Compose", { transforms: list(normalize) });
    expect(await refusal(trained(layers, { settings: { transforms } }))).toContain("normalised by 0.5,0.5,0.5");
  });
});

describe("what a small file makes large is refused", () => {
  it("a part that is named again and again", async () => {
    const inner = torchModules("Sequential", Array(200).fill(torchModule("torch.nn.modules.linear.Identity")));
    const root = trained([torchModules("Sequential", Array(200).fill(inner)), ...layers]);
    expect(await refusal(root)).toMatch(/^model-unsupported: .* is one of too many\.$/);
  });

  it("a feature map that is scaled up without end", async () => {
    const settings = { mode: "nearest", scale_factor: 1e4 };
    const upsample = torchModule("torch.nn.modules.upsampling.Upsample", settings);
    expect(await refusal(trained([upsample, ...layers]))).toContain("cells, which are too many");
  });
});

describe("what contradicts itself is refused", () => {
  const [, ...others] = layers;
  const wide = conv2d({ inputs: 3, bias: [0, 0], stride: 8 });
  const lost = torchModule("ultralytics.nn.modules.conv.Concat", { d: 1, f: list(-1, 7) });

  it.each<[string, PickleValue, string]>([
    ["a list", list(1, 2), "holds a single value"],
    ["a dict of numbers", dict({ a: 1 }), 'saves it under "model"'],
    ["a network of another tool", dict({ model: torchModule("my.Net") }), "The network my.Net lacks its part model."],
    ["no class names", trained(layers, { names: dict({}) }), "has no usable class names"],
    [
      "more names than classes",
      trained(layers, { names: list("a", "b", "c") }),
      "The checkpoint names 3 classes; its network has 2.",
    ],
    [
      "a picture size that is none",
      trained(layers, { beside: { train_args: dict({ imgsz: 1e9 }) } }),
      "names the picture size 1000000000, which is none",
    ],
    [
      "layers that do not fit each other",
      trained([wide, ...others]),
      "at model.1 has weight of shape [1,1,2,2] instead of [1,2,2,2]",
    ],
    [
      "a layer that follows a later one",
      trained([wide, lost, ...others]),
      "at model.1 takes the output of the layer 7, which has none yet",
    ],
  ])("%s", async (_, root, why) => {
    const message = await refusal(root);
    expect(message).toMatch(/^model-invalid: /);
    expect(message).toContain(why);
  });
});
