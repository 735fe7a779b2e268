#!/usr/bin/env python3
"""Train the last layers of a network of hands on what its first layers say of varied crops.

The same as `pose distill --closeup hand --set frozen_blocks=N`, on a CPU five times as fast: the
first layers run once for each crop, in OpenVINO, and their maps are kept in a folder. A second
process may add to them meanwhile (--crops-only).
"""

import argparse
import copy
import math
import sys
import time
from pathlib import Path

import numpy as np
import openvino
import torch

from lightweight_openpose.files import replacing, share_dir
from lightweight_openpose.networks.checkpoint import load_network, write_checkpoint
from lightweight_openpose.poses.skeleton_file import skeleton_to_dict
from lightweight_openpose.training.augment import Augmentation
from lightweight_openpose.training.closeup_data import CloseupCrops, closeup_kind, read_samples
from lightweight_openpose.training.closeups import CloseupTask
from lightweight_openpose.training.config import read_config

DECAY = 0.995  # of the average of the weights
WARM_UP = 100  # steps
KIND = closeup_kind("hand")
PLAIN = dict(
    person=(1, 1),
    rotation=0,
    shift=0,
    light=0,
    color=0,
    noise=0,
    blur=0,
    coarse=(1000, 1001),
    cover=0,
)


class First(torch.nn.Module):
    """The layers that keep their weights."""

    def __init__(self, network, blocks):
        super().__init__()
        self._network, self._blocks = network, blocks

    def forward(self, image):
        """(N, 3, S, S) -> (N, C, h, w)."""
        return self._network.first(image, self._blocks)


def compiled(network, blocks):
    """`First` in OpenVINO: a function of an image (1, 3, S, S) -> maps (C, h, w) float16."""
    side = network.multiple
    model = openvino.convert_model(
        First(network, blocks),
        example_input=torch.zeros(1, 3, side, side),
        input=[1, 3, side, side],
    )
    runner = openvino.Core().compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 1})
    return lambda image: runner(image[None].numpy())[0][0].astype(np.float16)


def keep(first, dataset, epoch, path):
    """Write maps, points and presence of each crop of a data set at an epoch."""
    rows = []
    for index in range(len(dataset)):
        image, points, presence = dataset[epoch, index]
        rows.append((first(image), points.numpy(), presence.numpy()))
    with replacing(path) as partial, open(str(partial), "wb") as file:
        np.savez(file, *(np.stack(column) for column in zip(*rows)))


def kept(folder, known):
    """Add to the parts known so far what is new in a folder."""
    for path in sorted(folder.glob("crops_*.npz")):
        if path not in known:
            with np.load(str(path)) as file:
                known[path] = [torch.from_numpy(file[f"arr_{i}"]) for i in range(3)]
    return list(known.values())


def batches(parts, batch, rng):
    """Batches of all parts in a random order, once."""
    order = np.concatenate([[(p, i) for i in range(len(part[0]))] for p, part in enumerate(parts)])
    rng.shuffle(order)
    for rows in np.array_split(order, max(1, len(order) // batch)):
        yield [torch.stack([parts[p][column][i] for p, i in rows]).float() for column in range(3)]


@torch.no_grad()
def features(network, layer, blocks, maps):
    """(N, C) what one of the last layers gets of maps (N, C', h, w), float64."""
    given = []
    hook = layer.register_forward_hook(lambda module, x, _: given.append(x[0].flatten(1).double()))
    for x in maps.split(64):
        network.rest(x.float().contiguous(memory_format=torch.channels_last), blocks)
    hook.remove()
    return torch.cat(given)


def solve_points(network, blocks, parts, ridge=3.0):
    """Put the least squares solution for the points into the layer that gives them."""
    rows, wanted = [], []
    for maps, points, presence in parts[:3]:
        there = presence[:, 0] > 0
        rows.append(features(network, network.place, blocks, maps[there]))
        wanted.append(points[there].flatten(1).double())
    x = torch.cat(rows)
    y = (torch.cat(wanted) - (network.multiple - 1) / 2) / network.multiple
    x = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], 1)
    solved = torch.linalg.solve(x.T @ x + ridge * torch.eye(x.shape[1], dtype=x.dtype), x.T @ y)
    network.place.weight.data = solved[:-1].T.float()[..., None, None].contiguous()
    network.place.bias.data = solved[-1].float()


def solve_presence(network, blocks, parts, ridge=1e-3, steps=200):
    """Logistic regression for the layer that gives presence; hands weigh as much as none."""
    x = torch.cat([features(network, network.presence, blocks, part[0]) for part in parts])
    there = torch.cat([part[2] for part in parts]).double()
    weight = torch.where(there > 0, 0.5 / there.mean(), 0.5 / (1 - there.mean()))
    layer = torch.nn.Linear(x.shape[1], 1).double()
    with torch.no_grad():
        layer.weight.copy_(network.presence.weight.flatten(1))
        layer.bias.copy_(network.presence.bias)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=steps, line_search_fn="strong_wolfe")

    def loss():
        optimiser.zero_grad()
        known = torch.nn.functional.binary_cross_entropy_with_logits(layer(x), there, weight)
        total = known + ridge * layer.weight.square().sum()
        total.backward()
        return total

    optimiser.step(loss)
    network.presence.weight.data = layer.weight.data.float()[..., None, None].contiguous()
    network.presence.bias.data = layer.bias.data.float()


SOLVERS = {"points": solve_points, "presence": solve_presence}


@torch.no_grad()
def judge(network, blocks, part):
    """Text: shares of points within 0.2 and 0.1 of the hand, and of hands that are seen."""
    maps, points, presence = part
    said = [network.said(*network.rest(x.float(), blocks)) for x in maps.split(64)]
    found, seen = (torch.cat(column) for column in zip(*said))
    there = presence[:, 0] > 0
    size = (points.amax(1) - points.amin(1)).amax(1)
    apart = ((found[..., :2] - points).norm(dim=2) / size[:, None])[there]
    shares = [f"{(apart < near).double().mean():.4f}" for near in (0.2, 0.1)]
    shares.append(f"{(seen[there] > 0.5).double().mean():.3f}")
    if not there.all():
        shares.append(f"refused {(seen[~there] < 0.5).double().mean():.3f}")
    return " ".join(shares)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="(.pth) to begin at")
    parser.add_argument("images", nargs="+", help="data sets of crops, NAME.tar")
    parser.add_argument("--val", nargs="*", default=[], help="data sets of crops to judge by")
    parser.add_argument("--cache", type=Path, required=True, help="folder of the maps")
    parser.add_argument("--output", type=Path, help=".pth")
    parser.add_argument("--blocks", type=int, default=10, help="that keep their weights")
    parser.add_argument(
        "--copies", type=int, nargs=2, default=(0, 4), help="of each crop: from, to"
    )
    parser.add_argument("--crops-only", action="store_true", help="make the maps and stop")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--minutes", type=float, default=1e9, help="end after so many, at rate 0")
    parser.add_argument(
        "--solve",
        choices=tuple(SOLVERS),
        nargs="*",
        default=(),
        help="find the weights of these outputs first, those of the layers before them kept",
    )
    arguments = parser.parse_args()
    network, skeleton = load_network(arguments.checkpoint)
    network.to(memory_format=torch.channels_last)
    blocks = arguments.blocks
    config = read_config(str(share_dir() / "config" / "distill_hand.yaml")).augmentation
    first = compiled(network, blocks)
    samples = [s for path in arguments.images for s in read_samples(path, KIND)]
    crops = CloseupCrops(samples, KIND, config)
    arguments.cache.mkdir(parents=True, exist_ok=True)
    for epoch in range(*arguments.copies):
        path = arguments.cache / f"crops_{epoch:03d}.npz"
        if not path.exists():
            begin = time.time()
            keep(first, crops, epoch, path)
            print(f"{path}: {len(crops)} crops in {time.time() - begin:.0f} s", flush=True)
    if arguments.crops_only:
        return 0
    vals = []
    for path in arguments.val:
        for look in (0, 1):
            chosen = [
                s._replace(crops=s.crops[-1:] if look else s.crops[:1])
                for s in read_samples(path, KIND)
            ]
            plain = CloseupCrops(chosen, KIND, Augmentation(size=network.multiple, **PLAIN))
            name = arguments.cache / f"val_{Path(path).stem}_{look}.npz"
            if not name.exists():
                keep(first, plain, 0, name)
            with np.load(str(name)) as file:
                vals.append([torch.from_numpy(file[f"arr_{i}"]) for i in range(3)])
    known = {}
    parts = kept(arguments.cache, known)
    report(0, network, blocks, vals)
    for name in arguments.solve:
        SOLVERS[name](network, blocks, parts)
        report(0, network, blocks, vals)
        write(arguments.output, network, skeleton)
    train(network, skeleton, crops, parts, known, vals, arguments)
    return 0


def write(path, network, skeleton):
    """Write a checkpoint."""
    write_checkpoint(
        path,
        {
            "state_dict": network.state_dict(),
            "skeleton": skeleton_to_dict(skeleton),
            "architecture": "closeup-hand",
        },
    )


def report(step, network, blocks, vals):
    """Print how good a network is."""
    network.eval()
    print(step, " | ".join(judge(network, blocks, part) for part in vals), flush=True)


def train(network, skeleton, crops, parts, known, vals, arguments):
    """Steps of Adam on the last layers; writes the average of the weights now and then."""
    blocks = arguments.blocks
    network.requires_grad_(True)
    network.freeze(blocks)
    learned = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=arguments.rate, weight_decay=1e-3)
    average = copy.deepcopy(network)
    task = CloseupTask(crops)
    rng = np.random.default_rng(int(time.time()))
    begin, step, losses = time.time(), 0, []
    while step < arguments.steps:
        for maps, points, presence in batches(parts, arguments.batch, rng):
            done = max(step / arguments.steps, (time.time() - begin) / 60 / arguments.minutes)
            rate = (
                arguments.rate
                * min(1, (step + 1) / WARM_UP)
                * (0.5 + 0.5 * math.cos(math.pi * min(1, done)))
            )
            for group in optimiser.param_groups:
                group["lr"] = rate
            maps = maps.contiguous(memory_format=torch.channels_last)
            output = network.said(*network.rest(maps, blocks))
            parts_of_loss = task.losses([output], points, presence)
            optimiser.zero_grad()
            sum(parts_of_loss).backward()
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            optimiser.step()
            step += 1
            keep_of = min(DECAY, (step + 1) / (step + 20))
            with torch.no_grad():
                for mean, value in zip(average.parameters(), network.parameters()):
                    mean.lerp_(value, 1 - keep_of)
            losses.append([v.item() for v in parts_of_loss])
            end = step >= arguments.steps or done >= 1
            if step % 50 == 0 or end:
                print(
                    f"{time.time() - begin:.0f} s, loss",
                    *np.mean(losses, 0).round(4),
                    f"rate {rate:.1e}, {sum(len(p[0]) for p in parts)} crops",
                    flush=True,
                )
                losses = []
                report(step, average, blocks, vals)
                write(arguments.output, average, skeleton)
            if end:
                return
        parts = kept(arguments.cache, known)


if __name__ == "__main__":
    sys.exit(main())
