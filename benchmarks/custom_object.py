#!/usr/bin/env python3
"""Keypoints of your own, from labels to angles: renders a submarine, trains on it, and measures PCK
and angles on others.

Needs no ROS. Prints what it measured; exits with 1 when a target is missed. Takes about five
minutes on two cores.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
from submarine import CAMERA, SKELETON, write

from lightweight_openpose.cli.program import main as pose_program
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.geometry.rigid_object import solve_object
from lightweight_openpose.training.checkpoints import CheckpointFolder

TARGETS = {"pck": 0.9, "rms": 5.0}


def pose(*arguments) -> None:
    """Run the program `pose`; SystemExit when it fails."""
    if pose_program([str(a) for a in arguments]):
        raise SystemExit(1)


def train(folder: Path, images: int, iterations: int) -> Path:
    write(folder / "train", images, seed=1)
    labels = folder / "prepared.json"
    settings = {
        "architecture": "student-small",
        "loss": "relative",
        "batch": 8,
        "learning_rate": 3e-3,
        "schedule": "cosine",
        "ema_decay": 0.99,
        "clip": 1.0,
        "workers": 1,
        "validate_every": 10**6,
        "augmentation.size": 192,
        "steps": f"[{{epochs: {8 * iterations / images}}}]",
    }
    changes = [word for k, v in settings.items() for word in ("--set", f"{k}={v}")]
    pose(
        "prepare",
        "--labels",
        folder / "train/labels.json",
        "--images",
        folder / "train",
        "--skeleton",
        "submarine",
        "--output",
        labels,
    )
    pose(
        "train",
        "--labels",
        labels,
        "--images",
        folder / "train",
        "--output",
        folder / "run",
        "--iterations",
        iterations,
        *changes,
    )
    return next((folder / "run/train").glob("checkpoint_iter_*.pth"))


def pruned(folder: Path, checkpoint: Path, speed: float) -> Path:
    """The network with so many times fewer multiplications, by `pose prune` on the pictures without
    their labels.
    """
    pose(
        "prune",
        checkpoint,
        "--images",
        folder / "train",
        "--speed",
        speed,
        "--output",
        folder / "pruned",
        "--set",
        "augmentation.size=192",
        "--set",
        "steps=[{epochs: 2}]",
    )
    last = sorted((folder / "pruned").glob("round-*"))[-1]
    return CheckpointFolder(last).last()


def measure(estimator, folder: Path, truth: dict) -> dict:
    """pck: share of the keypoints within a tenth of the object's size; rms: [deg] of each angle;
    solved: share.
    """
    labels = json.loads((folder / "labels.json").read_text())
    right = 0
    wanted = 0
    errors = []
    for info, annotation in zip(labels["images"], labels["annotations"]):
        image = cv2.imread(str(folder / info["file_name"]))
        expected = np.array(annotation["keypoints"], float).reshape(-1, 3)
        poses = estimator(image)
        keypoints = poses[0].keypoints if poses else np.full((4, 3), np.nan)
        near = np.linalg.norm(keypoints[:, :2] - expected[:, :2], axis=1) < 0.1 * max(
            annotation["bbox"][2:]
        )
        right += int((near & (expected[:, 2] > 0)).sum())
        wanted += int((expected[:, 2] > 0).sum())
        solved = solve_object(np.nan_to_num(keypoints), SKELETON, CAMERA)[0]
        if solved is not None:
            difference = (
                np.degrees([solved.yaw, solved.pitch, solved.roll])
                - truth[info["file_name"]]["angles"]
            )
            errors.append((difference + 180) % 360 - 180)
    return {
        "pck": right / wanted,
        "rms": np.sqrt(np.mean(np.square(errors), 0)).tolist() if errors else [180.0] * 3,
        "solved": len(errors) / len(labels["images"]),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("out/submarine"), help="for pictures and checkpoints"
    )
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--iterations", type=int, default=900)
    parser.add_argument(
        "--prune",
        type=float,
        metavar="SPEED",
        help="then prune it, without labels, to so many times fewer multiplications",
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    checkpoint = train(arguments.folder, arguments.images, arguments.iterations)
    if arguments.prune:
        checkpoint = pruned(arguments.folder, checkpoint, arguments.prune)
    truth = write(arguments.folder / "test", 100, seed=2)
    result = measure(
        PoseEstimator.load(str(checkpoint), "torch", 192), arguments.folder / "test", truth
    )
    result["checkpoint"] = str(checkpoint)
    ok = result["pck"] >= TARGETS["pck"] and max(result["rms"]) <= TARGETS["rms"]
    if arguments.json:
        print(json.dumps(result))
    else:
        print(
            f"{checkpoint}: PCK@0.1 {result['pck']:.3f} (target {TARGETS['pck']}); yaw, pitch, "
            f"roll rms {', '.join(f'{v:.1f}' for v in result['rms'])} deg (target "
            f"{TARGETS['rms']}) on the {result['solved']:.0%} of the pictures with all four "
            "keypoints found"
        )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
