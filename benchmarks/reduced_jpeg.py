#!/usr/bin/env python3
"""COCO AP with JPEGs decoded whole and at a half or a quarter of their size: the photographs
enlarged so far that the network's input allows it.
"""

import argparse
import time
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from lightweight_openpose.analysis.coco_ap import coco_ap, coco_of, to_coco
from lightweight_openpose.analysis.coco_file import read_coco_file
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.video.image_size import image_size
from lightweight_openpose.video.images import decode_picture, read_image

LARGER = 720 / 512  # than a half or a quarter must be: 1280x720 for height 256


def enlarged(path, times, height):
    """JPEG of a photograph at `times` the size of the network's input, and how much larger it is."""
    image = read_image(path)
    scale = LARGER * times * height / image.shape[0]
    # As cameras have it: sides that both divide.
    size = [4 * round(scale * side / 4) for side in image.shape[1::-1]]
    large = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    scale = np.divide(size, image.shape[1::-1])
    return cv2.imencode(".jpg", large)[1].tobytes(), scale


def poses_in(estimator, data, scale, reduction_for):
    """Poses [px of the photograph], and ms of decoding and of preprocessing."""
    start = time.perf_counter()
    size = image_size(data)
    picture = decode_picture(data, reduction_for(*size), size=size)
    decoded = 1000 * (time.perf_counter() - start)
    maps = estimator.infer(picture.image, reduction=picture.reduction)
    poses = []
    for pose in estimator.decode(maps):
        keypoints = pose.keypoints.copy()
        keypoints[:, :2] = (keypoints[:, :2] + 0.5) / scale - 0.5
        poses.append(Pose(keypoints, pose.score))
    return poses, (decoded, maps.timing.preprocess)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", help="COCO keypoint file")
    parser.add_argument("images", type=Path)
    parser.add_argument("--model", default="own")
    parser.add_argument("--height", type=int, default=256, help="of the network's input [px]")
    arguments = parser.parse_args()
    labels = coco_of(read_coco_file(arguments.labels))
    infos = labels.loadImgs(sorted(labels.getImgIds()))
    estimator = PoseEstimator.load(arguments.model, input_height=arguments.height)
    ways = {
        "whole": lambda width, height: 1,
        "reduced": partial(estimator.reduction_for, input_height=arguments.height),
    }
    print("| enlarged to | decoded | AP | ms of decoding | of preprocessing |")
    print("| --- | --- | --- | --- | --- |")
    for times in (2, 4):
        found = {name: [] for name in ways}
        spent = {name: [] for name in ways}
        for info in tqdm(infos, unit="image"):
            path = arguments.images / info["file_name"]
            data, scale = enlarged(path, times, arguments.height)
            for name, reduction_for in ways.items():
                poses, ms = poses_in(estimator, data, scale, reduction_for)
                spent[name].append(ms)
                found[name] += to_coco(poses, info["id"], estimator.skeleton)
        for name in ways:
            decoding, preprocessing = np.median(spent[name], axis=0)
            ap = 100 * coco_ap(labels, found[name])[0][0]
            height = round(LARGER * times * arguments.height)
            print(f"| {height} px | {name} | {ap:.1f} | {decoding:.1f} | {preprocessing:.1f} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
