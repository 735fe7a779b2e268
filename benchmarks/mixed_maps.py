#!/usr/bin/env python3
"""What a model lacks: COCO AP with its heatmaps or PAFs replaced by those of a reference, with its
heatmaps blurred, and with its least certain people left out.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from lightweight_openpose.analysis.coco_ap import coco_ap, coco_of, to_coco
from lightweight_openpose.analysis.coco_file import read_coco_file
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.seen import Maps


def infer(estimator, paths):
    for path in tqdm(paths, unit="image"):
        image = cv2.imread(str(path))
        if image is None:
            raise SystemExit(f"{path} cannot be read")
        maps = estimator.infer(image)
        heatmaps, pafs = maps.on_host()
        yield Maps(heatmaps.copy(), pafs.copy(), maps.pixel_map, maps.timing)


def blurred(heatmaps, sigma):
    """Heatmaps under a Gaussian of sigma cells; a peak of 1 cell keeps its height."""
    return np.stack([cv2.GaussianBlur(plane, (0, 0), sigma) for plane in heatmaps]) * (1 + sigma**2)


def read_arguments(description, reference):
    """What the command line says of two models beside each other, the labels, and of their
    photographs, what the labels say and the paths.

    reference: the model that is one where none is named.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("labels", help="COCO keypoint file")
    parser.add_argument("images", type=Path)
    parser.add_argument("--model", default="own")
    parser.add_argument("--reference", default=reference)
    parser.add_argument(
        "--height", type=int, default=368, help="of the networks' input [px] (default %(default)s)"
    )
    arguments = parser.parse_args()
    labels = coco_of(read_coco_file(arguments.labels))
    infos = labels.loadImgs(sorted(labels.getImgIds()))
    return arguments, labels, infos, [arguments.images / info["file_name"] for info in infos]


def main() -> int:
    arguments, labels, infos, paths = read_arguments(__doc__, "human-pose-estimation-0001")
    reference, model = (
        PoseEstimator.load(m, input_height=arguments.height)
        for m in (arguments.reference, arguments.model)
    )
    theirs = list(infer(reference, paths))
    ours = list(infer(model, paths))

    def row(name, maps, estimator=model):
        found = [
            pose
            for info, m in zip(infos, maps)
            for pose in to_coco(estimator.decode(m), info["id"], estimator.skeleton)
        ]
        print(f"| {name} | {100 * coco_ap(labels, found)[0][0]:.1f} | {len(found)} |", flush=True)

    print("| maps | AP | poses |\n| --- | --- | --- |")
    row("model", ours)
    row("reference", theirs, reference)
    # Maps of networks that need other multiples differ in size by the margin at the right and
    # bottom only.
    pairs = list(zip(theirs, ours))
    their_heatmaps = [Maps(t.heatmaps, o.pafs, t.pixel_map, t.timing) for t, o in pairs]
    our_heatmaps = [Maps(o.heatmaps, t.pafs, t.pixel_map, t.timing) for t, o in pairs]
    row("heatmaps of the reference, PAFs of the model", their_heatmaps)
    row("heatmaps of the model, PAFs of the reference", our_heatmaps)
    for sigma in (0.6, 0.75, 0.8):
        for name, maps, estimator in (("model", ours, model), ("reference", theirs, reference)):
            changed = [m._replace(heatmaps=blurred(m.heatmaps, sigma)) for m in maps]
            row(f"{name}, blurred by {sigma} cells", changed, estimator)
    model.config = replace(model.config, min_score=0.2)
    row("model, min_score 0.2", ours)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
