#!/usr/bin/env python3
"""People found and false people of a model by the least score (COCO, OKS of at least 0.5), and the
score where their balance (F1) is best: what `min_score` of config/models.yaml is chosen from.
"""

import argparse
import contextlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from pycocotools.cocoeval import COCOeval
from tqdm import tqdm

from lightweight_openpose.analysis.coco_ap import coco_of, detect
from lightweight_openpose.analysis.coco_file import read_coco_file
from lightweight_openpose.estimation.estimator import PoseEstimator

SCORES = np.arange(0.03, 0.2, 0.01)


def judged(labels, detections, sigmas):
    """Scores of the detections that count, which of them are right, and the number of labelled
    people.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(labels, labels.loadRes(detections), "keypoints")
        evaluation.params.kpt_oks_sigmas = np.asarray(sigmas)
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.params.areaRng = [[0, 1e10]]
        evaluation.params.areaRngLbl = ["all"]
        evaluation.params.maxDets = [100]
        evaluation.evaluate()
    images = [e for e in evaluation.evalImgs if e]
    counts = np.concatenate([~e["dtIgnore"][0] for e in images])
    scores = np.concatenate([e["dtScores"] for e in images])
    right = np.concatenate([e["dtMatches"][0] > 0 for e in images])
    people = sum((e["gtIgnore"] == 0).sum() for e in images)
    return scores[counts], right[counts], people


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", help="COCO keypoint file")
    parser.add_argument("images", type=Path)
    parser.add_argument("--model", default="default", help="name or path (default %(default)s)")
    parser.add_argument(
        "--height", type=int, default=368, help="of the network's input [px] (default %(default)s)"
    )
    arguments = parser.parse_args()
    labels = coco_of(read_coco_file(arguments.labels))
    estimator = PoseEstimator.load(arguments.model, input_height=arguments.height)
    estimator.config = replace(estimator.config, min_score=0.0)
    found, _ = detect(estimator, labels, arguments.images, lambda items: tqdm(items, unit="image"))
    skeleton = estimator.skeleton
    names = labels.loadCats(labels.getCatIds())[0]["keypoints"]
    scores, right, people = judged(
        labels, found, [skeleton.sigmas[skeleton.index(k)] for k in names]
    )
    print("| least score | found | false | F1 |\n| --- | --- | --- | --- |")
    for min_score in SCORES:
        kept = scores >= min_score
        hits = (right & kept).sum()
        misses = (~right & kept).sum()
        print(
            f"| {min_score:.2f} | {100 * hits / people:.1f} % | "
            f"{100 * misses / max(1, kept.sum()):.1f} % | {200 * hits / (people + kept.sum()):.1f} "
            "|"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
