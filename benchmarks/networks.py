#!/usr/bin/env python3
"""Milliseconds of bare networks in turn, and how many times as fast as the first each is.

What bfloat16 gains: MODEL:openvino:f32 MODEL:openvino:bf16 MODEL:torch:f32 MODEL:torch:bf16.
"""

import argparse
import sys
import time

import numpy as np
from tqdm import tqdm

from lightweight_openpose.backends.contract import BackendError
from lightweight_openpose.estimation.estimator import PoseEstimator

NETWORKS = (
    "lightweight-openpose:openvino:f32",
    "human-pose-estimation-0001:openvino",
    "own:openvino",
    "own:onnxruntime",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "networks",
        nargs="*",
        default=NETWORKS,
        metavar="MODEL:BACKEND[:PRECISION]",
        help="(default %(default)s)",
    )
    parser.add_argument(
        "--input-size",
        default="256x456",
        metavar="HxW",
        help="[px], rounded up to what each network takes",
    )
    parser.add_argument(
        "--rounds", type=int, default=60, help="runs of each network; the median counts"
    )
    arguments = parser.parse_args()
    size = [int(n) for n in arguments.input_size.split("x")]
    runs = []
    for name in arguments.networks:
        model, backend, *precision = name.split(":")
        try:
            estimator = PoseEstimator.load(model, backend, precision=(precision or ["auto"])[0])
        except (BackendError, FileNotFoundError) as error:
            raise SystemExit(f"{name} cannot run: {error}")
        multiple = estimator.spec.multiple
        tensor = np.zeros((1, 3, *(-(-n // multiple) * multiple for n in size)), np.float32)
        for _ in range(5):
            estimator.backend(tensor)
        runs.append((name, estimator.backend, tensor, []))
    for _ in tqdm(range(arguments.rounds), unit="round"):
        # in turn, so that all of them share the machine's slow moments
        for _, backend, tensor, times in runs:
            start = time.perf_counter()
            backend(tensor)
            times.append(1000 * (time.perf_counter() - start))
    first = np.median(runs[0][3])
    print("| network | precision | input | ms | times as fast |\n| --- | --- | --- | --- | --- |")
    for name, backend, tensor, times in runs:
        print(
            f"| {name} | {backend.precision} | {tensor.shape[2]}x{tensor.shape[3]} | "
            f"{np.median(times):.1f} | {first / np.median(times):.1f} |"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
