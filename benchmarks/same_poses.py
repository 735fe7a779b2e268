#!/usr/bin/env python3
"""Whether the poses and track ids of this tree are, digit for digit, those of another commit: `pose
video` of both on the same footage, one JSON line per frame. For changes that are not to change what
comes out.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def lines(tree, source, output, arguments):
    environment = dict(os.environ, PYTHONPATH=str(tree / "src"))
    subprocess.run(
        [
            sys.executable, "-m", "lightweight_openpose", "video", source, "--output",
            str(output / "poses.mp4"), "--max-frames", str(arguments.max_frames), "--model",
            str(arguments.model), "--height", str(arguments.height)
        ],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return (output / "poses.jsonl").read_text().splitlines()


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
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder, "tree")
        subprocess.run(
            ["git", "worktree", "add", "--quiet", "--detach", str(other), arguments.commit],
            cwd=ROOT, check=True
        )
        try:
            for source in arguments.sources:
                before, after = (
                    lines(tree, source, Path(folder), arguments) for tree in (other, ROOT)
                )
                people = sum(line.count('"track_id"') for line in after)
                wrong = sum(a != b for a, b in zip(before, after)) + abs(len(before) - len(after))
                different += wrong
                print(
                    f"{source}: {len(after)} frames, {people} people, {wrong} frames differ",
                    flush=True,
                )
        finally:
            subprocess.run(
                ["git", "worktree", "remove", "--force", str(other)], cwd=ROOT, check=True
            )
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
