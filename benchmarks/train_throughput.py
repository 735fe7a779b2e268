#!/usr/bin/env python3
"""What `pose train` costs above the bare network: samples per second of forward, backward and step
alone, and of the trainer with loading, augmentation and targets, one after the other on the same
machine. Exits with 1 below 90 %.
"""

import argparse
import json
import sys
import tempfile
import time

import numpy as np
import torch

from lightweight_openpose.networks import build_network
from lightweight_openpose.training.config import read_config
from lightweight_openpose.training.dataset import LabelledCrops
from lightweight_openpose.training.labels import load_labels
from lightweight_openpose.training.loss import stage_losses
from lightweight_openpose.training.optimiser import make_optimiser
from lightweight_openpose.training.supervised import LabelTask
from lightweight_openpose.training.trainer import Trainer

TARGET = 0.9


def bare(architecture, skeleton, batch, size, iterations) -> float:
    """Samples per second of the network, its loss and the optimiser on one batch over and over."""
    network = build_network(architecture, skeleton).to(memory_format=torch.channels_last).train()
    optimiser = make_optimiser(network, 1e-5, 0)
    images = torch.randn(batch, 3, size, size).contiguous(memory_format=torch.channels_last)
    cells = size // 8
    targets = torch.rand(batch, skeleton.num_heatmaps + skeleton.num_pafs, cells, cells)
    mask = torch.ones(batch, 1, cells, cells)
    times = []
    for _ in range(iterations):
        start = time.perf_counter()
        sum(stage_losses(network(images), targets, mask)).backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        times.append(time.perf_counter() - start)
    return batch / float(np.median(times[2:]))


def trained(config, labels, iterations) -> float:
    """Samples per second of the trainer."""
    times = []

    class Timed(LabelTask):
        def prepare(self, batch, device):
            times.append(time.perf_counter())
            return super().prepare(batch, device)

    task = Timed(LabelledCrops(labels, config.images, config.augmentation), config.loss)
    with tempfile.TemporaryDirectory() as folder:
        network = build_network(config.architecture, labels.skeleton)
        Trainer(network, labels.skeleton, task, config, config.steps[0], folder).run(iterations)
    return config.batch / float(np.median(np.diff(times[2:])))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", help="file from `pose prepare`")
    parser.add_argument("images", help="folder of its images")
    parser.add_argument("--architecture", default="lightweight")
    parser.add_argument("--size", type=int, default=368, help="px (default %(default)s)")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    labels = load_labels(arguments.labels)
    config = read_config(
        None,
        {
            "images": arguments.images,
            "architecture": arguments.architecture,
            "batch": arguments.batch,
            "workers": arguments.workers,
            "augmentation.size": arguments.size,
            "device": "cpu",
        },
    )
    iterations = arguments.iterations
    rates = []
    for _ in range(2):
        alone = bare(
            arguments.architecture, labels.skeleton, arguments.batch, arguments.size, iterations
        )
        rates.append((alone, trained(config, labels, iterations)))
    alone, whole = np.median(rates, 0)
    result = {"bare": alone, "train": whole, "ratio": whole / alone}
    if arguments.json:
        print(json.dumps(result))
    else:
        print(
            f"{arguments.architecture} at {arguments.size} px, batch {arguments.batch}: bare "
            f"{alone:.2f} samples/s, pose train {whole:.2f} samples/s, ratio {whole / alone:.2f} "
            f"(target {TARGET})"
        )
    return int(whole / alone < TARGET)


if __name__ == "__main__":
    sys.exit(main())
