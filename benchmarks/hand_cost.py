#!/usr/bin/env python3
"""What a hand costs beside the network that finds people: both in turn, milliseconds of one frame
and of one hand in a batch of two, and the ratio.
"""

import argparse
import sys
import time

import numpy as np

from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.estimation.hand_networks import load_hand_network
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.zoo.catalogue import resolve

FRAME = (1, 3, 256, 456)  # of the network's input
HANDS = 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hands", default="own-hand", help="network that gives joints of a crop")
    parser.add_argument("--model", default="own", help="network that finds people")
    parser.add_argument("--backend", default="auto", help="runtime of both")
    parser.add_argument("--threads", type=int, default=0, help="of each network; 0: all cores")
    parser.add_argument("--rounds", type=int, default=200)
    arguments = parser.parse_args()
    where = arguments.backend, "cpu", arguments.threads
    people = create_backend(resolve(arguments.model)[1], COCO18, *where)
    hands = load_hand_network(arguments.hands, *where).network
    shape = HANDS, 3, hands.side, hands.side
    runs = {
        "frame": (people, np.zeros(FRAME, np.float32), 1),
        "hand": (hands.backend, np.zeros(shape, np.float32), HANDS),
    }
    taken = {name: [] for name in runs}
    for _ in range(arguments.rounds):
        for name, (run, tensor, count) in runs.items():
            run(tensor)  # its own memory, after the other one's
            begin = time.perf_counter()
            run(tensor)
            taken[name].append(1000 * (time.perf_counter() - begin) / count)
    for kind, of in (("least", np.min), ("median", np.median)):
        frame, hand = of(taken["frame"]), of(taken["hand"])
        print(
            f"{kind}: {arguments.model} {frame:.2f} ms a frame, {arguments.hands} {hand:.2f} ms "
            f"a hand, share {hand / frame:.3f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
