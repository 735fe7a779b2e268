#!/usr/bin/env python3
"""What a GPU gives in PyTorch: the network, an image to poses, and batches, against targets.

The network's input and maps lie on the device. Between an image in the host's memory and its poses
are preprocessing, both copies and decoding, whose peaks and limbs are found on the device or, for
comparison, on the host.
"""

import argparse
import sys
import time

import cv2
import numpy as np
import torch

from lightweight_openpose.backends.contract import BackendError
from lightweight_openpose.estimation.estimator import PoseEstimator

SIZE = (256, 456)  # [px] height and width of the network's input
BATCH = 16
TARGETS = ("<= 0.6", "<= 2.5", "", ">= 8000")


def milliseconds(function, rounds: int) -> float:
    """Median of the rounds, after a tenth of them and two that do not count."""
    times = []
    for _ in range(rounds + rounds // 10 + 2):
        start = time.perf_counter()
        function()
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times[-rounds:]))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", help="photograph with people; it is fitted into 1280x720")
    parser.add_argument("--model", default="lightweight-openpose")
    parser.add_argument("--device", default="cuda", help="(default %(default)s)")
    parser.add_argument("--rounds", type=int, default=200, help="(default %(default)s)")
    arguments = parser.parse_args()
    image = cv2.imread(arguments.image)
    if image is None:
        raise SystemExit(f"{arguments.image} cannot be read")
    image = cv2.resize(image, (1280, 720), interpolation=cv2.INTER_AREA)
    try:
        estimator = PoseEstimator.load(
            arguments.model, "torch", input_height=SIZE[0], device=arguments.device
        )
    except (BackendError, FileNotFoundError) as error:
        raise SystemExit(f"{arguments.model} cannot run: {error}")
    backend = estimator.backend

    def to_poses(on_device):
        backend.decode_on_device = on_device
        return estimator(image)

    one, many = (torch.rand(n, 3, *SIZE, device=backend.device) - 0.5 for n in (1, BATCH))
    rounds = arguments.rounds
    figures = (
        milliseconds(lambda: backend.on_device(one), rounds),
        milliseconds(lambda: to_poses(True), rounds),
        milliseconds(lambda: to_poses(False), rounds),
        1000 * BATCH / milliseconds(lambda: backend.on_device(many), rounds),
    )
    device = backend.device
    if device.startswith("cuda"):
        device = torch.cuda.get_device_name(device)
    names = (
        "batch 1, network ms",
        f"image to {len(to_poses(True))} poses, ms",
        "the same, peaks and limbs on the host",
        f"batch {BATCH}, network frames/s",
    )
    print(f"{arguments.model}, {SIZE[0]}x{SIZE[1]}, {device}, torch {torch.__version__}\n")
    print("| figure | measured | target |\n| --- | --- | --- |")
    for name, figure, target in zip(names, figures, TARGETS):
        print(f"| {name} | {figure:.2f} | {target} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
