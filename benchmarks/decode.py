#!/usr/bin/env python3
"""Milliseconds of decoding against the number of people: the maps of one photograph, tiled."""

import argparse
import json
import sys
import time

import cv2
import numpy as np

from lightweight_openpose.estimation.decoding import decode
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.preprocessing import preprocess


def person_maps(estimator, image, height):
    """Maps around the best person of a photograph, and how many people they decode to."""
    tensor, pixel_map = preprocess(image, height, estimator.spec)
    heatmaps, pafs = (m[0] for m in estimator.backend(tensor))
    best = decode(heatmaps, pafs, estimator.skeleton, pixel_map, estimator.stride)[0]
    low = pixel_map.to_network(best.bbox[:2])
    high = pixel_map.to_network(np.add(best.bbox[:2], best.bbox[2:]))
    x0, y0 = (int(max(0, v / estimator.stride - 2)) for v in low)
    x1, y1 = (int(max(0, v / estimator.stride + 3)) for v in high)
    return heatmaps[:, y0:y1, x0:x1], pafs[:, y0:y1, x0:x1], pixel_map


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", help="photograph with a person from head to foot")
    parser.add_argument("--model", default="default")
    parser.add_argument(
        "--reference",
        default="lightweight-openpose",
        help="model whose ms the ratio is of; '': none",
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    image = cv2.imread(arguments.image)
    if image is None:
        raise SystemExit(f"{arguments.image} cannot be read")
    estimator = PoseEstimator.load(arguments.model)
    heatmaps, pafs, pixel_map = person_maps(estimator, image, 256)
    reference = reference_ms(arguments.reference) if arguments.reference else float("nan")
    rows = []
    for count in (1, 5, 8, 10, 30, 50):
        columns = min(count, 10)
        grid = (1, -(-count // columns), columns)
        many = np.tile(heatmaps, grid)
        fields = np.tile(pafs, grid)
        times = []
        for _ in range(15):
            start = time.perf_counter()
            poses = decode(many, fields, estimator.skeleton, pixel_map, estimator.stride)
            times.append(1000 * (time.perf_counter() - start))
        ms = float(np.median(times))
        rows.append(
            {
                "tiles": grid[1] * grid[2],
                "people": len(poses),
                "ms": ms,
                "of_reference": ms / reference,
            }
        )
    if arguments.json:
        print(json.dumps({"reference_ms": reference, "rows": rows}))
        return 0
    print(f"reference: {arguments.reference} FP32 in onnxruntime at 256x456 {reference:.0f} ms\n")
    print("| people | decode ms | of the reference |\n| --- | --- | --- |")
    for r in rows:
        print(f"| {r['people']} | {r['ms']:.1f} | {r['of_reference']:.1%} |")
    return 0


def reference_ms(model) -> float:
    backend = PoseEstimator.load(model, "onnxruntime").backend
    tensor = np.zeros((1, 3, 256, 456), np.float32)
    times = []
    for _ in range(10):
        start = time.perf_counter()
        backend(tensor)
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times))


if __name__ == "__main__":
    sys.exit(main())
