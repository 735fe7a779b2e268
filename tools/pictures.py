#!/usr/bin/env python3
"""Make the pictures in doc/pictures: hands, blurred heads, joints over time, labelled submarines.

The people are those of samples/park.mp4, which is part of the package (see NOTICE). Run it in the
environment of `tools/setup.sh test`; without names it makes all of them.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import submarine  # noqa: E402

from lightweight_openpose.cli.program import main as pose  # noqa: E402
from lightweight_openpose.video.sources import Source  # noqa: E402

CLIP = ROOT / "samples" / "park.mp4"
FRAME = 50  # of the clip: both people, and three of their hands
HAND = (420, 350, 200, 220)  # x, y, width, height [px] of the arms of the person in front
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 80]


def drawn(folder, *options):
    """The frame of the clip as `pose image` draws it with the options."""
    for number, frame in enumerate(Source(str(CLIP))):
        if number == FRAME:
            cv2.imwrite(str(folder / "frame.png"), frame.image)
            break
    command = ["image", folder / "frame.png", "--height", 368, "--output", folder / "out", *options]
    if pose([str(word) for word in command]):
        raise SystemExit("pose image failed")
    return cv2.imread(str(folder / "out" / "frame.png"))


def hands(folder):
    x, y, width, height = HAND
    part = drawn(folder, "--hands")[y : y + height, x : x + width]
    return cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def privacy(folder):
    image = drawn(folder, "--anonymize", "blur")
    return cv2.resize(image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)


def training(folder):
    """Three rendered submarines with the keypoints of their labels."""
    rng = np.random.default_rng(4)
    images = []
    for _ in range(3):
        image = submarine.background(rng)
        for x, y in submarine.render(rng, image, *submarine.pose(rng)):
            cv2.drawMarker(image, (int(x), int(y)), (255, 255, 255), cv2.MARKER_CROSS, 14, 2)
        images.append(image)
    return np.hstack(images)


def bags(folder):
    """Joints of both people over the clip, as `pose plot` draws them."""
    for command in (
        ["video", CLIP, "--output", folder / "clip.mp4"],
        ["plot", folder / "clip.jsonl", "--output", folder / "plot.png"],
    ):
        if pose([str(word) for word in command]):
            raise SystemExit(f"pose {command[0]} failed")
    image = cv2.imread(str(folder / "plot.png"))
    scale = 900 / image.shape[1]
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


MAKERS = {"hands": hands, "privacy": privacy, "training": training, "bags": bags}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(MAKERS)} (default: all)")
    parser.add_argument("--output", type=Path, default=ROOT / "doc" / "pictures")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(MAKERS)
    if unknown:
        parser.error(f"no picture is called {', '.join(sorted(unknown))}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or MAKERS:
        with tempfile.TemporaryDirectory() as folder:
            image = MAKERS[name](Path(folder))
        path = arguments.output / f"{name}.jpg"
        cv2.imwrite(str(path), image, QUALITY)
        print(f"{path}: {image.shape[1]}x{image.shape[0]} px, {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
