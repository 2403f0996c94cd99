#!/usr/bin/env python3
"""Compares converted checkpoints with PyTorch.

    compare-with-pytorch.py best.pt …          the largest difference of each checkpoint's outputs
    compare-with-pytorch.py --samples          the same for networks made here, with random weights

For developers only: it opens checkpoints the way that runs what is in them. Needs PyTorch (Debian: python3-torch) and
Node 24. The networks are rebuilt from the modules below, which know their forward pass and take everything else from
the checkpoint.
"""

import json
import math
import pathlib
import subprocess
import sys
import tempfile
import types

import torch
from torch import nn

HERE = pathlib.Path(__file__).parent

# PyTorch before 1.11 saved it without this setting.
nn.Upsample.recompute_scale_factor = None


# Blocks ----------------------------------------------------------------------


class Conv(nn.Module):
    def forward(self, x):
        x = self.conv(x)
        return self.act(self.bn(x) if hasattr(self, "bn") else x)


class DWConv(Conv):
    pass


class Concat(nn.Module):
    def forward(self, xs):
        return torch.cat(xs, self.d)


class Bottleneck(nn.Module):
    def forward(self, x):
        made = self.cv2(self.cv1(x))
        return x + made if self.add else made


class C3(nn.Module):
    def forward(self, x):
        return self.cv3(torch.cat((self.m(self.cv1(x)), self.cv2(x)), 1))


class C3k(C3):
    pass


class C2f(nn.Module):
    def forward(self, x):
        maps = list(self.cv1(x).chunk(2, 1))
        for block in self.m:
            maps.append(block(maps[-1]))
        return self.cv2(torch.cat(maps, 1))


class C3k2(C2f):
    pass


class SPP(nn.Module):
    def forward(self, x):
        x = self.cv1(x)
        return self.cv2(torch.cat([x, *(pool(x) for pool in self.m)], 1))


class SPPF(nn.Module):
    def forward(self, x):
        maps = [self.cv1(x)]
        for _ in range(3):
            maps.append(self.m(maps[-1]))
        return self.cv2(torch.cat(maps, 1))


class Attention(nn.Module):
    def forward(self, x):
        batch, channels, height, width = x.shape
        joint = self.qkv(x).view(batch, self.num_heads, -1, height * width)
        query, key, value = joint.split([self.key_dim, self.key_dim, self.head_dim], 2)
        weights = ((query.transpose(2, 3) @ key) * self.scale).softmax(-1)
        mixed = (value @ weights.transpose(2, 3)).view(x.shape)
        return self.proj(mixed + self.pe(value.reshape(x.shape)))


class PSABlock(nn.Module):
    def forward(self, x):
        x = x + self.attn(x) if self.add else self.attn(x)
        return x + self.ffn(x) if self.add else self.ffn(x)


class C2PSA(nn.Module):
    def forward(self, x):
        past, through = self.cv1(x).split((self.c, self.c), 1)
        return self.cv2(torch.cat((past, self.m(through)), 1))


# Heads -----------------------------------------------------------------------


def grid(height, width):
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((columns, rows), -1).float()


class AnchorDetect(nn.Module):
    """YOLOv5's."""

    def forward(self, maps):
        found = []
        for level, (branch, x) in enumerate(zip(self.m, maps)):
            batch, _, height, width = x.shape
            y = branch(x).view(batch, self.na, self.no, height, width).permute(0, 1, 3, 4, 2).sigmoid()
            stride = float(self.stride[level])
            sizes = (self.anchors[level].float() * stride).view(1, self.na, 1, 1, 2)
            centre = (y[..., 0:2] * 2 - 0.5 + grid(height, width)) * stride
            size = (y[..., 2:4] * 2) ** 2 * sizes
            found.append(torch.cat((centre, size, y[..., 4:]), -1).view(batch, -1, self.no))
        return torch.cat(found, 1)


class DFL(nn.Module):
    def forward(self, x):
        batch, _, cells = x.shape
        spread = x.view(batch, 4, self.c1, cells).transpose(2, 1).softmax(1)
        return self.conv(spread).view(batch, 4, cells)


class Detect(nn.Module):
    """YOLOv8's and YOLO11's."""

    def cells(self, maps):
        points = [grid(*x.shape[2:]).view(-1, 2) for x in maps]
        strides = [torch.full((len(p), 1), float(s)) for p, s in zip(points, self.stride)]
        return torch.cat(points).T, torch.cat(strides).T

    def forward(self, maps):
        flat = [torch.cat((b(x), c(x)), 1).flatten(2) for b, c, x in zip(self.cv2, self.cv3, maps)]
        edges, scores = torch.cat(flat, 2).split((self.reg_max * 4, self.nc), 1)
        near, far = self.dfl(edges).chunk(2, 1)
        points, strides = self.cells(maps)
        start, end = points + 0.5 - near, points + 0.5 + far
        return torch.cat(((start + end) / 2 * strides, (end - start) * strides, scores.sigmoid()), 1)


class Pose(Detect):
    def forward(self, maps):
        raw = torch.cat([branch(x).flatten(2) for branch, x in zip(self.cv4, maps)], 2)
        points, strides = self.cells(maps)
        keypoints = raw.view(len(raw), *self.kpt_shape, -1)
        places = (keypoints[:, :, :2] * 2 + points) * strides
        shown = keypoints[:, :, 2:].sigmoid()
        return torch.cat((super().forward(maps), torch.cat((places, shown), 2).view(raw.shape)), 1)


class Classify(nn.Module):
    def forward(self, x):
        return self.linear(self.drop(self.pool(self.conv(x)).flatten(1))).softmax(1)


class Model(nn.Module):
    def forward(self, x):
        outputs = []
        for layer in self.model:
            sources = layer.f if isinstance(layer.f, list) else [layer.f]
            inputs = [(outputs[s] if outputs else x) if s == -1 else outputs[s] for s in sources]
            outputs.append(layer(inputs if isinstance(layer.f, list) else inputs[0]))
        return outputs[-1]


# Under the names that checkpoints know them by ---------------------------------


class Inert:
    """Whatever else a checkpoint holds."""

    def __init__(self, *_):
        pass


def publish(module, **classes):
    for part in range(1, module.count(".") + 2):
        name = ".".join(module.split(".")[:part])
        sys.modules.setdefault(name, types.ModuleType(name))
    for name, base in classes.items():
        setattr(sys.modules[module], name, type(name, (base,), {"__module__": module}))


publish("models.common", Conv=Conv, DWConv=DWConv, Concat=Concat, Bottleneck=Bottleneck, C3=C3, SPP=SPP, SPPF=SPPF)
publish("models.yolo", Detect=AnchorDetect, Model=Model, DetectionModel=Model)
publish("ultralytics.nn.modules.conv", Conv=Conv, DWConv=DWConv, Concat=Concat)
publish(
    "ultralytics.nn.modules.block",
    **{each.__name__: each for each in (Attention, Bottleneck, C2PSA, C2f, C3, C3k, C3k2, DFL, PSABlock, SPP, SPPF)},
)
publish("ultralytics.nn.modules.head", Detect=Detect, Pose=Pose, Classify=Classify)
publish("ultralytics.nn.tasks", DetectionModel=Model, PoseModel=Model, ClassificationModel=Model)
publish("torchvision.transforms.functional", InterpolationMode=Inert)
publish("torchvision.transforms.transforms", **dict.fromkeys(["Compose", "Resize", "CenterCrop", "ToTensor"], Inert))
publish("torchvision.transforms.transforms", Normalize=Inert)


# Networks with random weights ----------------------------------------------------


def made(path, **settings):
    module, name = path.rsplit(".", 1)
    instance = getattr(sys.modules[f"ultralytics.nn.{module}"], name)()
    for key, value in settings.items():
        setattr(instance, key, value)
    return instance


def conv(inputs, outputs, kernel=1, stride=1, groups=1, act=True):
    return made(
        "modules.conv.Conv",
        conv=nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        bn=nn.BatchNorm2d(outputs, eps=1e-3),
        act=nn.SiLU() if act else nn.Identity(),
    )


def bottleneck(channels, kernels=(3, 3)):
    cv1, cv2 = (conv(channels, channels, kernel) for kernel in kernels)
    return made("modules.block.Bottleneck", cv1=cv1, cv2=cv2, add=True)


def c2f(inputs, outputs, name="C2f", deep=False):
    half = outputs // 2
    block = c3k(half) if deep else bottleneck(half)
    cv1, cv2 = conv(inputs, 2 * half), conv(3 * half, outputs)
    return made(f"modules.block.{name}", c=half, cv1=cv1, cv2=cv2, m=nn.ModuleList([block]))


def c3k(channels):
    half = channels // 2
    cv1, cv2, cv3 = conv(channels, half), conv(channels, half), conv(2 * half, channels)
    return made("modules.block.C3k", cv1=cv1, cv2=cv2, cv3=cv3, m=nn.Sequential(bottleneck(half), bottleneck(half)))


def c2psa(channels, heads=2):
    half = channels // 2
    value = half // heads
    key = value // 2
    attention = made(
        "modules.block.Attention",
        num_heads=heads,
        head_dim=value,
        key_dim=key,
        scale=key**-0.5,
        qkv=conv(half, half + 2 * key * heads, act=False),
        proj=conv(half, half, act=False),
        pe=conv(half, half, 3, groups=half, act=False),
    )
    ffn = nn.Sequential(conv(half, 2 * half), conv(2 * half, half, act=False))
    block = made("modules.block.PSABlock", attn=attention, ffn=ffn, add=True)
    cv1, cv2 = conv(channels, channels), conv(channels, channels)
    return made("modules.block.C2PSA", c=half, cv1=cv1, cv2=cv2, m=nn.Sequential(block))


def sppf(channels):
    cv1, cv2 = conv(channels, channels // 2), conv(2 * channels, channels)
    return made("modules.block.SPPF", cv1=cv1, cv2=cv2, m=nn.MaxPool2d(5, 1, 2))


def head(name, channels, depthwise, classes=5, bins=16, **settings):
    def branch(inputs, values):
        return nn.Sequential(conv(inputs, 32, 3), conv(32, 32, 3), nn.Conv2d(32, values, 1))

    def light(inputs, values):
        first = nn.Sequential(conv(inputs, inputs, 3, groups=inputs), conv(inputs, 32))
        return nn.Sequential(first, nn.Sequential(conv(32, 32, 3, groups=32), conv(32, 32)), nn.Conv2d(32, values, 1))

    dfl = made("modules.block.DFL", c1=bins, conv=nn.Conv2d(bins, 1, 1, bias=False).requires_grad_(False))
    detector = made(
        f"modules.head.{name}",
        nc=classes,
        reg_max=bins,
        stride=torch.tensor([8.0, 16.0, 32.0]),
        cv2=nn.ModuleList(branch(c, 4 * bins) for c in channels),
        cv3=nn.ModuleList((light if depthwise else branch)(c, classes) for c in channels),
        dfl=dfl,
        **settings,
    )
    if name == "Pose":
        detector.cv4 = nn.ModuleList(branch(c, math.prod(settings["kpt_shape"])) for c in channels)
    return detector


def network(task, layers, classes=5):
    sequence = []
    for index, (source, layer) in enumerate(layers):
        layer.i, layer.f = index, source
        sequence.append(layer)
    model = made(
        f"tasks.{task}",
        model=nn.Sequential(*sequence),
        names={index: f"class {index}" for index in range(classes)},
        stride=torch.tensor([8.0, 16.0, 32.0]),
    )
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
        if type(module).__name__ == "DFL":
            module.conv.weight.data[:] = torch.arange(float(module.c1)).view(1, -1, 1, 1)
    return model


def backbone(block):
    """Strides 8, 16 and 32 at layers 3, 5 and 8; then up again: 12 has stride 16."""
    up, join = nn.Upsample(None, 2, "nearest"), made("modules.conv.Concat", d=1)
    return [
        (-1, conv(3, 8, 3, 2)),
        (-1, conv(8, 16, 3, 2)),
        (-1, conv(16, 32, 3, 2)),
        (-1, block(32, 32)),
        (-1, conv(32, 48, 3, 2)),
        (-1, block(48, 48)),
        (-1, conv(48, 64, 3, 2)),
        (-1, block(64, 64)),
        (-1, sppf(64)),
        (-1, c2psa(64) if block is not c2f else bottleneck(64)),
        (-1, up),
        ([-1, 5], join),
        (-1, block(112, 48)),
    ]


def samples():
    def eleven(inputs, outputs):
        return c2f(inputs, outputs, "C3k2", deep=True)

    torch.manual_seed(1)
    channels, sources = (32, 48, 64), [3, 12, 9]
    v8 = [*backbone(c2f), (sources, head("Detect", channels, depthwise=False))]
    v11 = [*backbone(eleven), (sources, head("Detect", channels, depthwise=True))]
    pose = [*backbone(eleven), (sources, head("Pose", channels, depthwise=True, kpt_shape=[17, 3]))]
    yield "YOLOv8 detector", network("DetectionModel", v8)
    yield "YOLO11 detector", network("DetectionModel", v11)
    yield "YOLO11 pose", network("PoseModel", pose)


# Comparison ------------------------------------------------------------------------


def tensor_of(path, shape):
    return torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.float32).view(*shape)


def compare(name, checkpoint):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        run = ["node", HERE / "run-import.ts", checkpoint, folder]
        shapes = json.loads(subprocess.run(run, check=True, stdout=subprocess.PIPE).stdout)
        images = tensor_of(folder / "input.f32", shapes["input"])
        converted = tensor_of(folder / "output.f32", shapes["output"])
    saved = torch.load(checkpoint, map_location="cpu")
    with torch.no_grad():
        original = (saved.get("ema") or saved["model"]).float().eval()(images)
    assert original.shape == converted.shape, (original.shape, converted.shape)
    difference = (original - converted).abs()
    relative = difference / original.abs().clamp(min=1)
    print(f"{name}: {list(original.shape)}, values up to {original.abs().max():.4g}, "
          f"largest difference {difference.max():.2g}, relative to max(1, |value|) {relative.max():.2g}")


def main(arguments):
    if arguments == ["--samples"]:
        for name, model in samples():
            with tempfile.NamedTemporaryFile(suffix=".pt") as file:
                torch.save({"model": model.half(), "train_args": {"imgsz": 320}}, file.name)
                compare(name, file.name)
    for checkpoint in [each for each in arguments if each != "--samples"]:
        compare("/".join(pathlib.Path(checkpoint).parts[-2:]), checkpoint)


if __name__ == "__main__":
    main(sys.argv[1:])
