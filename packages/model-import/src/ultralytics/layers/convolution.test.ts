import { expect, it } from "vitest";
import { classifier, rowsOf, trained } from "../../testing/tiny-network.ts";
import { conv2d, floats, torchModule } from "../../testing/torch-module.ts";
import type { PickleObject, PickleValue } from "../../torch/value.ts";

/** A convolution that gives one value, whatever the picture. */
interface Block {
  readonly gives: number;
  readonly bn?: PickleObject;
  readonly act: PickleObject;
}

/** What is left of the value behind the batch norm and the activation. */
async function behind({ gives, bn, act }: Block): Promise<number> {
  const conv = conv2d({ inputs: 3, bias: [gives], stride: 64 });
  const block = torchModule("ultralytics.nn.modules.conv.Conv", {}, { conv, ...(bn && { bn }), act });
  const [[first = 0, second = 0] = []] = await rowsOf(trained([classifier(block)]));
  return 10 * Math.log(first / second);
}

function activation(name: string, settings: Readonly<Record<string, PickleValue>> = {}): PickleObject {
  return torchModule(`torch.nn.modules.${name}`, settings);
}

it("a batch norm is folded into the convolution before it", async () => {
  const bn = torchModule("torch.nn.modules.batchnorm.BatchNorm2d", {
    weight: floats([1], 3),
    bias: floats([1], 0.5),
    running_mean: floats([1], 2),
    running_var: floats([1], 3),
    eps: 1,
  });
  const normalised = ((10 - 2) * 3) / Math.sqrt(3 + 1) + 0.5;
  expect(await behind({ gives: 10, bn, act: activation("linear.Identity") })).toBeCloseTo(normalised, 4);
});

it.each([
  { act: activation("linear.Identity"), of: -2, is: -2 },
  { act: activation("activation.SiLU"), of: -2, is: -2 / (1 + Math.exp(2)) },
  { act: activation("activation.ReLU"), of: -2, is: 0 },
  { act: activation("activation.LeakyReLU", { negative_slope: 0.25 }), of: -2, is: -0.5 },
  { act: activation("activation.Hardswish"), of: -2, is: -2 * (1 / 2 - 2 / 6) },
  { act: activation("activation.Hardswish"), of: 4, is: 4 },
])("$act.name of $of is $is", async ({ act, of, is }) => {
  expect(await behind({ gives: of, act })).toBeCloseTo(is, 4);
});
