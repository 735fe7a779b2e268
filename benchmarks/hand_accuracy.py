#!/usr/bin/env python3
"""How near a network of hands is to labelled joints, at one look along the forearm and at a second
one, how well it tells hands from what is none, and what a hand costs beside a frame of `own`.

Sets are those of `pose distill --closeup hand`; rows without joints show no hand.
"""
import argparse
import sys
import time

import numpy as np

from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.estimation.closeup import CloseupEstimator
from lightweight_openpose.estimation.hand_crops import palm_crop
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.training.closeup_data import closeup_kind, read_samples
from lightweight_openpose.video.images import decode_image
from lightweight_openpose.zoo.catalogue import resolve

FRAME = (1, 3, 256, 456)  # what `own` is timed with
NEAR = (0.2, 0.1)  # of the longer side of the joints' box


def looks(estimator, samples):
    """[first, second] with for each sample (distances (21,) over its size or None, presence)."""
    results = []
    images = [decode_image(sample.data) for sample in samples]
    crops = [sample.crops[0] for sample in samples]
    for _ in range(2):
        rows, beside = [], []
        for sample, image, crop in zip(samples, images, crops):
            (seen,) = estimator(image, [crop])
            apart = None
            if sample.points is not None:
                size = np.ptp(sample.points, axis=0).max()
                apart = np.linalg.norm(seen.points - sample.points, axis=1) / size
            rows.append((apart, seen.presence))
            beside.append(palm_crop(seen.points, crop.mirrored))
        results.append(rows)
        crops = beside
    return results


def print_accuracy(name, estimator, samples):
    """One line for each look."""
    for number, rows in enumerate(looks(estimator, samples), 1):
        hands = np.array([apart for apart, _ in rows if apart is not None])
        found = np.array([presence >= 0.5 for apart, presence in rows if apart is not None])
        none = np.array([presence < 0.5 for apart, presence in rows if apart is None])
        line = [f"{name}, look {number}: {len(hands)} hands"]
        if len(hands):
            line += [f"within {near}: {(hands < near).mean():.3f}" for near in NEAR]
            line.append(f"found: {found.mean():.3f}")
        if len(none):
            line.append(f"of {len(none)} without a hand refused: {none.mean():.3f}")
        print(", ".join(line), flush=True)


def print_time(model, threads, rounds):
    """Milliseconds of a hand in a batch of two and of a frame of `own`, turn by turn."""
    own = create_backend(resolve("own")[1], COCO18, "auto", "cpu", threads)
    hands = CloseupEstimator.load(model, "hand_21", "auto", "cpu", threads)
    runs = {
        "frame": (own, np.zeros(FRAME, np.float32), 1),
        "hand": (hands.backend, np.zeros((2, 3, hands.side, hands.side), np.float32), 2),
    }
    taken = {name: [] for name in runs}
    for _ in range(rounds):
        for name, (run, tensor, count) in runs.items():
            run(tensor)  # its own memory, after the other one's
            begin = time.perf_counter()
            run(tensor)
            taken[name].append(1000 * (time.perf_counter() - begin) / count)
    for kind, of in (("least", np.min), ("median", np.median)):
        frame, hand = of(taken["frame"]), of(taken["hand"])
        print(f"{kind}: own {frame:.2f} ms a frame, {model} {hand:.2f} ms a hand, "
              f"share {hand / frame:.3f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", help="NAME.tar with NAME.json beside it")
    parser.add_argument("--model", default="own-hand", help="name or path")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--first", type=int, help="take so many rows of each set")
    parser.add_argument("--time", type=int, default=0, metavar="ROUNDS", help="measure the time too")
    arguments = parser.parse_args()
    kind = closeup_kind("hand")
    if arguments.sets:
        estimator = CloseupEstimator.load(
            arguments.model, "hand_21", arguments.backend, "cpu", arguments.threads)
        samples = [
            s for path in arguments.sets for s in read_samples(path, kind)[: arguments.first]]
        print_accuracy(arguments.model, estimator, samples)
    if arguments.time:
        print_time(arguments.model, arguments.threads, arguments.time)
    return 0


if __name__ == "__main__":
    sys.exit(main())
