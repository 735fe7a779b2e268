#!/usr/bin/env python3
"""What a network costs in OpenVINO compiled once for each size of input, and once for all sizes.

Time and memory of compiling for a whole image and its parts of --regions, memory after each size
was run, and the median time of a run of each. Each way in a process of its own.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from lightweight_openpose.estimation.packing import sizes
from lightweight_openpose.files import share_dir

WAYS = ("each", "once")
WHOLE = (256, 456)  # [px] height and width of the input for 1280x720
RUNS = 30
SETTINGS = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}


def resident():
    """[MB] of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(way, model):
    """Print the row of a way."""
    import openvino

    core = openvino.Core()
    wanted = [WHOLE, *sizes(*WHOLE)]
    before, start = resident(), time.perf_counter()
    requests = {}
    for size in wanted if way == "each" else [(-1, -1)]:
        network = core.read_model(str(model))
        network.reshape([1, 3, *size])
        requests[size] = core.compile_model(network, "CPU", SETTINGS).create_infer_request()
    seconds, compiled = time.perf_counter() - start, resident() - before
    first, times = [], {}
    for size in wanted:
        request = requests.get(size, requests.get((-1, -1)))
        image = [np.zeros((1, 3, *size), np.float32)]
        took = []
        for _ in range(RUNS + 1):
            begin = time.perf_counter()
            request.infer(image, share_inputs=True)
            took.append(1000 * (time.perf_counter() - begin))
        first.append(took[0])
        times[size] = np.median(took[1:])
    print(
        f"| {way} | {seconds:.2f} | {compiled:.0f} | {resident() - before:.0f} | "
        f"{np.median(first):.0f} | {times[WHOLE]:.1f} | {sum(times.values()):.1f} |"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=share_dir() / "models" / "own-int8.xml")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        measure(arguments.way, arguments.model)
        return 0
    count = len(sizes(*WHOLE)) + 1
    print(
        f"| compiled for {count} sizes | s | MB | MB after runs | first run ms | whole ms | "
        "all sizes ms |\n| --- | --- | --- | --- | --- | --- | --- |",
        flush=True,
    )
    for way in WAYS:
        subprocess.run(
            [sys.executable, __file__, "--model", str(arguments.model), "--way", way], check=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
