#!/usr/bin/env python3
"""Whether the poses and track ids of this tree are, digit for digit, those of another commit.

`pose video` of both on the same footage, one JSON line per frame. For changes that are not to
change what comes out.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from other_tree import ROOT, checked_out

COMPARED = ("frame", "time", "width", "height", "poses")  # what the lines of all commits have


def frames(tree, source, output, arguments):
    """What a tree says of each frame of a source: values of COMPARED."""
    command = [sys.executable, "-m", "lightweight_openpose", "video", source]
    command += ["--output", str(output / "poses.mp4"), "--max-frames", str(arguments.max_frames)]
    command += ["--model", str(arguments.model), "--height", str(arguments.height)]
    environment = dict(os.environ, PYTHONPATH=str(tree / "src"))
    quiet = subprocess.DEVNULL
    subprocess.run(command, env=environment, check=True, stdout=quiet, stderr=quiet)
    lines = (output / "poses.jsonl").read_text().splitlines()
    return [[json.loads(line)[name] for name in COMPARED] for line in lines]


def compare(other, source, arguments) -> int:
    """Number of frames that differ from those of the other tree; tells it."""
    with tempfile.TemporaryDirectory() as folder:
        before = frames(other, source, Path(folder), arguments)
        after = frames(ROOT, source, Path(folder), arguments)
    people = sum(len(values[COMPARED.index("poses")]) for values in after)
    differing = sum(a != b for a, b in zip(before, after)) + abs(len(before) - len(after))
    print(f"{source}: {len(after)} frames, {people} people, {differing} frames differ", flush=True)
    return differing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="to compare with")
    parser.add_argument("sources", nargs="+", help="videos, photographs or folders")
    parser.add_argument(
        "--model", default=ROOT / "models/own-int8.xml", help="name or path (default %(default)s)"
    )
    parser.add_argument(
        "--height", type=int, default=368, help="of the network's input [px] (default %(default)s)"
    )
    parser.add_argument(
        "--max-frames", type=int, default=200, help="of each source (default %(default)s)"
    )
    arguments = parser.parse_args()
    with checked_out(arguments.commit) as other:
        differing = sum(compare(other, source, arguments) for source in arguments.sources)
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
