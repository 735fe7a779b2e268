#!/usr/bin/env python3
"""Images a second of OpenPose's networks by batch and precision, on OpenVINO's CPU.

In brackets the time of a batch.
Their weights are random: speed does not depend on them. A precision that the processor lacks is
said to be missing. OpenVINO computes FP16 only where the processor does.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import openvino

from lightweight_openpose.networks import OPENPOSE, build_network
from lightweight_openpose.networks.onnx_format import export_onnx
from lightweight_openpose.poses.skeleton_file import find_skeleton

STAGES = {"openpose-vgg": 5, "openpose-body25": 3, "openpose-hand": 5}  # of the public weights
HINTS = {"FP32": "f32", "BF16": "bf16", "FP16": "f16", "INT8": "f32"}
CALIBRATION = 4  # images


def onnx_file(name: str, folder: Path) -> Path:
    """The network with random weights."""
    skeleton = find_skeleton(OPENPOSE[name].skeleton)
    network = build_network(name, skeleton, STAGES[name]).eval()
    return export_onnx(network, skeleton, folder / f"{name}.onnx")


def quantised(path: Path, size):
    """The network in INT8."""
    from lightweight_openpose.export.quantise import need_nncf

    nncf = need_nncf()
    images = [
        np.random.default_rng(i).uniform(-0.5, 0.5, (1, 3, *size)).astype(np.float32)
        for i in range(CALIBRATION)
    ]
    model = openvino.Core().read_model(str(path))
    model.reshape([1, 3, *size])
    return nncf.quantize(model, nncf.Dataset(images), subset_size=CALIBRATION)


def images_per_second(model, shape, precision: str, seconds: float) -> float:
    """After one run that does not count, at least one and so many as fit into the seconds."""
    model.reshape(list(shape))
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": HINTS[precision]}
    request = openvino.Core().compile_model(model, "CPU", settings).create_infer_request()
    images = np.random.default_rng(0).uniform(-0.5, 0.5, shape).astype(np.float32)
    request.infer([images])
    times = []
    while sum(times) < seconds:
        start = time.perf_counter()
        request.infer([images])
        times.append(time.perf_counter() - start)
    return shape[0] / float(np.median(times))


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "networks", nargs="+", metavar="NAME:HxW", help="such as openpose-vgg:184x184"
    )
    parser.add_argument("--precisions", nargs="+", choices=HINTS, default=list(HINTS))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 2, 4, 8, 16])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each (default %(default)s)")
    arguments = parser.parse_args()
    known = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    titles = ["network", "input", "precision", *map(str, arguments.batches)]
    print(f"| {' | '.join(titles)} |\n|{' --- |' * len(titles)}")
    for item in arguments.networks:
        name, size = item.split(":")
        height, width = (int(n) for n in size.split("x"))
        with tempfile.TemporaryDirectory() as folder:
            path = onnx_file(name, Path(folder))
            for precision in arguments.precisions:
                if precision not in known:
                    print(f"| {name} | {size} | {precision} | this processor has none |")
                    continue
                if precision == "INT8":
                    model = quantised(path, (height, width))
                else:
                    model = openvino.Core().read_model(str(path))
                cells = []
                for count in arguments.batches:
                    shape = (count, 3, height, width)
                    rate = images_per_second(model, shape, precision, arguments.seconds)
                    cells.append(f"{rate:.2f} ({1000 * count / rate:.0f} ms)")
                print(f"| {name} | {size} | {precision} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
