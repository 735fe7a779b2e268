"""Print how exact the joints of hands are on labelled pictures: see doc/hands.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .options import whole_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose evaluate-hands`."""
    parser.add_argument(
        "--labels", type=Path, required=True, help="JSON with the joints of hands and their arms"
    )
    parser.add_argument(
        "--images", type=Path, required=True, help="folder or tar file of the pictures"
    )
    parser.add_argument(
        "--hands",
        default="true",
        metavar="MODEL",
        help="name or path of a network of hands (default: the package's)",
    )
    parser.add_argument("--backend", default="auto", help="runtime of the network")
    parser.add_argument("--device", default="auto", help="of the runtime")
    parser.add_argument(
        "--threads", type=whole_number(0, 256), default=0, help="of the network; 0: all cores"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the table. Raises ValueError, FileNotFoundError or OSError."""
    from tqdm import tqdm

    from lightweight_openpose.analysis.hand_accuracy import HandFinder, read_hand_labels, table
    from lightweight_openpose.analysis.label_rows import answer_labels
    from lightweight_openpose.estimation.second_networks import load_hands
    from lightweight_openpose.video import PictureFiles

    labels = read_hand_labels(arguments.labels)
    if not labels:
        raise ValueError(f"{arguments.labels} has no labels of hands")
    pictures = PictureFiles(arguments.images)
    hands = load_hands(arguments.hands, arguments.backend, arguments.device, arguments.threads)
    if hands is None:
        raise ValueError(f"--hands {arguments.hands} names no network of hands")
    answers, unreadable = answer_labels(
        HandFinder(hands.network), labels, pictures, lambda items: tqdm(items, unit="hand")
    )
    for name in unreadable:
        print(
            f"pose evaluate-hands: {pictures.path}: {name} cannot be read: skipped", file=sys.stderr
        )
    print(f"{arguments.hands}, {len(answers)} labels, {len(unreadable)} pictures unreadable")
    print(table(answers))
    return 0
