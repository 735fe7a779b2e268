#!/usr/bin/env python3
"""Crops of hands with 21 joints from photographs of people, as `pose distill --closeup hand`
learns from: the package's network finds the arms, MediaPipe's (mediapipe-hand) places the joints.

A hand is kept where the network is sure at its third look, says the same as at the second, and
takes it for the hand of that arm. Crops where it sees no hand (faces, feet, elbows, forearms,
background) are kept as such, without joints.
"""

import argparse
import json
import sys
import tarfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2
import numpy as np
from label_faces import add, square
from tqdm import tqdm

from lightweight_openpose.estimation.arms import SIDES, Arm, arms_of
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.hand_networks import SideCrop, load_hand_network
from lightweight_openpose.files import replacing
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.training.unlabelled import image_items, read_item

LOOKS = 3
PRESENT, ABSENT = 0.85, 0.1  # presence of a hand and of none
AGREE = 0.06  # mean distance between two looks, over the longer side of the hand
BEYOND, ROOM = 0.33, 1.9  # of what is kept: its middle beyond the wrist and its side, in arms
SMALLEST, LARGEST = 14.0, 256  # [px] longer side of a hand, side of what is kept
HELD_BACK = 3  # one of so many photographs
NEAR = 0.6  # of an arm, within which a wrist makes another place none without hands
# Wrist, elbow and shoulder of hands, and what stands for them where other parts are looked at.
PLACES = {
    "hand": ("wrist", "elbow", "shoulder"),
    "foot": ("ankle", "knee", "hip"),
    "elbow": ("elbow", "shoulder", None),
    "knee": ("knee", "hip", None),
    "back": ("elbow", "wrist", None),
}


def label(network, image, side, arm):
    """(joints (21, 2) or None, presence) of an arm's hand; None where hand or no hand is not sure.

    network: one that gives the joints of a crop.
    """
    crop = network.from_arm(side, arm)
    looks = []
    while crop is not None and len(looks) < LOOKS:
        (hand,) = network(image, [SideCrop(side, crop)])
        if not looks and hand.presence < ABSENT:
            return None, hand.presence
        looks.append(hand)
        crop = network.around(side, hand.keypoints)
    if len(looks) < LOOKS:
        return None, None
    before, last = (hand.keypoints[:, :2] for hand in looks[-2:])
    size = np.ptp(last, 0).max()
    apart = np.linalg.norm(last - before, axis=1).mean() / size
    sure = looks[-1].presence > PRESENT and apart < AGREE and size >= SMALLEST
    return (last, looks[-1].presence) if sure else (None, None)


def places_of(keypoints, size, rng):
    """(side, kind, arm) of the hands of a person and of what is none."""

    def at(side, part):
        row = keypoints[COCO18.index(f"{side}_{part}")] if part else (0, 0, 0)
        return row[:2].astype(float) if row[2] > 0 else None

    for side in SIDES:
        for kind, names in PLACES.items():
            wrist, elbow, shoulder = (at(side, name) for name in names)
            if wrist is not None and elbow is not None:
                yield side, kind, Arm(wrist, elbow, shoulder)
    nose, neck = (keypoints[COCO18.index(name)] for name in ("nose", "neck"))
    if nose[2] > 0 and neck[2] > 0:
        yield rng.choice(SIDES), "face", Arm(nose[:2].astype(float), neck[:2].astype(float))
    length = rng.uniform(0.08, 0.4) * min(size)
    turn = rng.uniform(0, 2 * np.pi)
    wrist = rng.uniform(0, 1, 2) * size
    elbow = wrist + length * np.array([np.cos(turn), np.sin(turn)])
    yield rng.choice(SIDES), "background", Arm(wrist, elbow)


def rows_of(image, name, poses, network, none, rng):
    """(row, JPEG) of the hands of the people in an image, and of crops without one."""
    wrists = [arm.wrist for pose in poses for arm in arms_of(pose, COCO18).values()]
    size = np.array(image.shape[1::-1])
    for person, pose in enumerate(poses):
        for side, kind, arm in places_of(pose.keypoints, size, rng):
            if kind != "hand" and rng.random() >= none:
                continue
            crop = network.from_arm(side, arm)
            if crop is None or not inside(crop, size):
                continue
            if kind != "hand" and nearest(wrists, crop) < NEAR * crop.side:
                continue
            joints, presence = label(network, image, side, arm)
            if presence is None or (kind != "hand" and joints is not None):
                continue
            row, data = cut(image, joints, arm)
            file = f"{name}_{person}_{side}_{kind}.jpg"
            row = {"file": file, "side": side, "kind": kind, "presence": round(presence, 3), **row}
            yield row, data


def inside(crop, size):
    """Whether the middle of a crop lies in an image of this size (width, height)."""
    return 0 <= crop.x < size[0] and 0 <= crop.y < size[1]


def nearest(wrists, crop):
    """Distance [px] of the nearest wrist from the middle of a crop."""
    return min((np.hypot(x - crop.x, y - crop.y) for x, y in wrists), default=np.inf)


def cut(image, joints, arm):
    """(row, JPEG) of the surroundings of a hand."""
    along = arm.wrist - arm.elbow
    middle = arm.wrist + BEYOND * arm.length * along / max(np.hypot(*along), 1e-6)
    side = ROOM * arm.length
    size = int(min(LARGEST, max(48, np.ceil(side))))
    matrix = square(middle, 0, side, size)
    smaller = cv2.warpAffine(
        image, matrix, (size, size), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )

    def move(xy):
        return None if xy is None else np.round(xy @ matrix[:, :2].T + matrix[:, 2], 2).tolist()

    hand_px = None if joints is None else round(float(np.ptp(joints, 0).max()), 1)
    return {
        "size": size,
        "hand_px": hand_px,
        "joints": move(joints),
        "wrist": move(arm.wrist),
        "elbow": move(arm.elbow),
        "shoulder": move(arm.shoulder),
    }, cv2.imencode(".jpg", smaller, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


@contextmanager
def crop_set(path):
    """Function of a row and its JPEG that adds them to NAME.tar and NAME.json, whole at the end."""
    rows = []
    with replacing(path) as partial, tarfile.open(str(partial), "w") as tar:

        def put(row, data):
            rows.append(row)
            add(tar, row["file"], data)

        yield put
    path.with_suffix(".json").write_text(json.dumps(rows))
    hands = sum(row["joints"] is not None for row in rows)
    print(f"{hands} hands and {len(rows) - hands} crops without one in {path}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", type=Path, help="folders and tar files of photographs")
    parser.add_argument(
        "--network", default="mediapipe-hand", help="that places the joints: name or path"
    )
    parser.add_argument("--output", type=Path, required=True, help="NAME.tar; NAME.json beside it")
    parser.add_argument(
        "--held", type=Path, help="NAME.tar that gets the crops of one of three photographs"
    )
    parser.add_argument("--skip", nargs="*", default=[], help="beginnings of names to leave out")
    parser.add_argument("--every", type=int, default=1, help="take one of so many photographs")
    parser.add_argument("--model", default="own", help="that finds the arms")
    parser.add_argument("--height", type=int, default=256, help="of its input [px]")
    parser.add_argument("--threads", type=int, default=0, help="of that network")
    parser.add_argument("--none", type=float, default=0.3, help="share of other places looked at")
    arguments = parser.parse_args()
    estimator = PoseEstimator.load(
        arguments.model, input_height=arguments.height, threads=arguments.threads
    )
    network = load_hand_network(arguments.network, threads=1)
    rng = np.random.default_rng(0)
    items = [i for source in arguments.images for i in image_items(source)]
    items = [i for i in items if not i.name.startswith(tuple(arguments.skip))][:: arguments.every]
    with ExitStack() as sets:
        put = sets.enter_context(crop_set(arguments.output))
        hold = sets.enter_context(crop_set(arguments.held)) if arguments.held else put
        for number, item in enumerate(tqdm(items, unit="photograph")):
            image = read_item(item)
            if image is None:
                continue
            poses = estimator(image)
            for row, data in rows_of(image, f"{number:05d}", poses, network, arguments.none, rng):
                (hold if number % HELD_BACK == 0 else put)({**row, "source": item.name}, data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
