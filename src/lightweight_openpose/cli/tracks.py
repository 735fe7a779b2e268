"""Births, deaths, changes, swaps and jumps of the ids in a recording.

From the .jsonl of `pose video` or a bag with poses.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from .options import in_skeleton, whole_number
from .recordings import read_recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose tracks`."""
    parser.add_argument(
        "recording", type=Path, help=".jsonl next to the mp4 of `pose video`, or .bag with poses"
    )
    parser.add_argument("--topic", default="", help="of the poses in a bag (default: the first)")
    parser.add_argument(
        "--min-frames",
        type=whole_number(1),
        default=10,
        help="ids that lived shorter are only counted (default %(default)s)",
    )
    parser.add_argument("--skeleton", default="auto", help="name or YAML; auto: what the lines say")
    parser.add_argument("--video", help="the clip that `pose video` read; needed by --picture")
    parser.add_argument(
        "--picture", type=Path, help="PNG to write, with a row of small pictures per id"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the events, and draw a picture where one is asked for. Raises ValueError or OSError."""
    import numpy as np

    from lightweight_openpose.analysis.track_events import events, sightings

    if arguments.picture and not arguments.video:
        raise ValueError("--picture needs --video, the clip that `pose video` read")
    frames = list(read_recording(arguments.recording, arguments.topic))
    frames, skeleton = in_skeleton(frames, arguments.skeleton)
    tracks = sightings(frames)
    long = {k: seen for k, seen in tracks.items() if len(seen) >= arguments.min_frames}
    happened = events(long, np.asarray(skeleton.sigmas))
    notes = {
        "change": "  begins where id {} ended",
        "swap": "  may have changed places with id {}: look",
        "jump": "  moved {:.0f} px in {:.2f} s: somebody else?",
        "growth": "  has {:.2f} times its size after {:.2f} s: somebody else?",
    }
    for e in happened:
        words = (e.amount, e.gap) if e.kind in ("jump", "growth") else (e.other,)
        print(
            f"frame {e.frame:5d}  {e.kind:6s}  id {e.track_id:3d}  at ({e.place[0]:.0f}, "
            f"{e.place[1]:.0f}), {e.size:.0f} px{notes.get(e.kind, '').format(*words)}"
        )
    count = Counter(e.kind for e in happened)
    print(
        f"{len(long)} ids of {arguments.min_frames} frames or more, {len(tracks) - len(long)} "
        f"shorter; {count['change']} changes, {count['swap']} possible swaps, "
        f"{count['jump'] + count['growth']} jumps"
    )
    if arguments.picture and long:
        from lightweight_openpose.analysis.track_sheet import draw_tracks

        draw_tracks(arguments.video, long, arguments.picture)
        print(arguments.picture)
    return 0
