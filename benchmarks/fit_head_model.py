#!/usr/bin/env python3
"""Fit where networks put nose, eyes and ears on a head, and how far they err, on a data set of
heads whose angles are known (NAME.tar with NAME.json, see face_rows.py).

Every network looks at each head at another size in its input. The model of a joint is
scale * R[:2] (point + turned * s) + shift, where scale, rotation R and shift are those of the
landmarks and s is the sine of the head's turn to the left: linear least squares with Huber weights,
left and right as one by mirroring. Prints the entries `head` for models.yaml, and the common fit.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import yaml
from face_rows import Canonical, found_joints, read_rows, stored_joints
from scipy.optimize import minimize
from tqdm import tqdm

from lightweight_openpose.estimation.decoding import DecoderConfig
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.geometry.head_model import HEAD_KEYPOINTS
from lightweight_openpose.geometry.orientation import rotation_from_angles
from lightweight_openpose.zoo.catalogue import locate
from lightweight_openpose.zoo.models_file import HEAD_JOINTS, read_entries

FACE_PX = (14.0, 50.0)  # range of a face's longer side in the network's input
MIRROR = np.diag([-1.0, 1, 1])  # of the optical frame
SIDES = np.diag([1.0, -1, 1])  # of the head
OTHER = (0, 2, 1, 4, 3)  # joint of HEAD_KEYPOINTS in the mirror image
HUBER = 1.5  # times the median residual
ROUNDS = 15
RIDGE = 1e-3  # of `turned`, per sample, against what few heads say


def placed(row, canonical):
    """(rotation, scale [px/m], shift [px]) of a row's head; its angles count where it has them."""
    landmarks = np.array(row["landmarks"], float)
    angles = row.get("yaw_pitch_roll_deg")
    if angles is None:
        return canonical.fit(landmarks)[:3]
    rotation = rotation_from_angles(*np.radians(angles))
    seen = (canonical.points @ rotation.T)[:, :2]
    image = landmarks[canonical.rigid]
    centred = seen - seen.mean(0)
    scale = ((image - image.mean(0)) * centred).sum() / (centred**2).sum()
    return rotation, scale, image.mean(0) - scale * seen.mean(0)


def look(estimator, rows, seed=0):
    """(N, 5, 3) joints that an estimator finds in the pictures of rows."""
    rng = np.random.default_rng(seed)
    sizes = np.exp(rng.uniform(*np.log(FACE_PX), len(rows)))
    return np.array(
        [
            found_joints(estimator, picture, np.array(row["landmarks"], float), size)
            for (row, picture), size in zip(tqdm(rows, unit="head"), sizes)
        ]
    )


def samples_of(joint, joints, heads):
    """(design (M, 2, 6), places (M, 2) [m], scores (M,)) of a joint and its mirror image."""
    parts = []
    for mirrored in (False, True):
        index = OTHER[joint] if mirrored else joint
        known = np.isfinite(joints[:, index, 0])
        for (rotation, scale, shift), row in zip(
            (h for h, k in zip(heads, known) if k), joints[known, index]
        ):
            place = (row[:2] - shift) / scale
            if mirrored:
                rotation, place = MIRROR @ rotation @ SIDES, place * (-1, 1)
            turn = rotation[2, 1]  # the camera looks along z: sine of the turn to the left
            parts.append((np.hstack([rotation[:2], turn * rotation[:2]]), place, row[2]))
    return tuple(np.array(values) for values in zip(*parts))


def fit_joint(joint, joints, heads):
    """{point, turned, deviation, fading} of a joint."""
    design, places, scores = samples_of(joint, joints, heads)
    trust = np.ones(len(places))
    ridge = np.diag([0, 0, 0, 1, 1, 1]) * RIDGE * len(places)
    for _ in range(ROUNDS):
        weighed = design * trust[:, None, None]
        normal = np.einsum("nij,nik->jk", weighed, design) + ridge
        solved = np.linalg.solve(normal, np.einsum("nij,ni->j", weighed, places))
        left = places - design @ solved
        size = np.linalg.norm(left, axis=1)
        trust = np.minimum(1, HUBER * np.median(size) / np.maximum(size, 1e-9))
    if joint == 0:  # on the head's middle plane, but for what its turn does
        solved[[1, 3, 5]] = 0
    deviation, fading = spread_of(size, scores)
    numbers = [round(float(v), 4) + 0.0 for v in solved]
    return {
        "point": numbers[:3],
        "turned": numbers[3:],
        "deviation": round(deviation, 4),
        "fading": round(fading, 2),
    }


def spread_of(size, scores):
    """Deviation [m] along an axis at score 1, and the power of the score by which it is divided.

    Maximum likelihood of distances from a two-dimensional Laplacian, which a few that are far off
    do not move much.
    """
    log_score = np.log(np.maximum(scores, 0.05))

    def cost(values):
        log_scale = values[0] - values[1] * log_score
        return (size * np.exp(-log_scale) + 2 * log_scale).mean()

    found = minimize(cost, (np.log(size.mean() / 2), 0.5), method="Nelder-Mead").x
    # Of the density exp(-r / b) the deviation along an axis is sqrt(3) b; the core counts here,
    # since the solver itself trusts what is far off less: sqrt(2) b.
    return float(np.sqrt(2) * np.exp(found[0])), float(np.clip(found[1], 0, 3))


def fit(joints, heads):
    """The entry `head` of a network."""
    return {name: fit_joint(HEAD_KEYPOINTS.index(name), joints, heads) for name in HEAD_JOINTS}


def joints_of(model, rows, folder):
    """(N, 5, 3) joints that a network finds, kept in a folder where one is given."""
    kept = folder and folder / f"{Path(model).stem}.npy"
    if kept and kept.is_file():
        return np.load(str(kept))
    config = DecoderConfig(min_score=0.0)
    joints = look(PoseEstimator.load(model, input_height=256, config=config), rows)
    if kept:
        np.save(str(kept), joints)
    return joints


def change(before, after):
    """{joint: (6,) [m]} from the points of one fit to those of another."""
    return {
        name: np.array(after[name]["point"] + after[name]["turned"])
        - np.array(before[name]["point"] + before[name]["turned"])
        for name in before
    }


def moved(fitted, by, share=1.0):
    """A fit whose points are moved by a share of a change."""
    result = {}
    for name, joint in fitted.items():
        numbers = np.array(joint["point"] + joint["turned"]) + share * by[name]
        numbers = [round(float(v), 4) + 0.0 for v in numbers]
        result[name] = {**joint, "point": numbers[:3], "turned": numbers[3:]}
    return result


def show(name, fitted):
    """Print the entry of a network."""
    print(yaml.safe_dump({name: {"head": fitted}}, default_flow_style=None, sort_keys=False))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("heads", type=Path, help="folder with train.tar and train.json")
    parser.add_argument(
        "--models", nargs="*", help="names or paths (default: those of models.yaml that are here)"
    )
    parser.add_argument(
        "--stored",
        default="own",
        help="network that found the `joints` of the rows, in whole photographs: what the crops "
        "change for it is taken off the others (default %(default)s)",
    )
    parser.add_argument("--keep", type=Path, help="folder for the joints found, to go on from")
    arguments = parser.parse_args()
    entries = read_entries()[0]
    here = [n for n, e in entries.items() if locate(e) and e.skeleton == "coco18"]
    models = arguments.models or here
    rows = [(r, p) for r, p in read_rows(arguments.heads / "train.tar") if r.get("landmarks")]
    canonical = Canonical()
    heads = [placed(row, canonical) for row, _ in rows]
    found = {Path(m).stem: joints_of(m, rows, arguments.keep) for m in models}
    stored = np.array([stored_joints(row) for row, _ in rows])
    by_crops = change(fit(found[arguments.stored], heads), fit(stored, heads))
    for name, joints in found.items():
        fitted = fit(stored, heads) if name == arguments.stored else fit(joints, heads)
        if name != arguments.stored:
            fitted = moved(fitted, by_crops)
        show(name, fitted)
    joints = np.concatenate([stored if n == arguments.stored else j for n, j in found.items()])
    show("common", moved(fit(joints, heads * len(found)), by_crops, 1 - 1 / len(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
