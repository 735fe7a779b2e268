"""Follow the people in a video, camera or stream: an annotated mp4 and one JSON line per frame."""
from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from lightweight_openpose.files import spare
from lightweight_openpose.poses.pose_lines import Frame, frame_to_line

from .openpose_options import JsonFolder, add_openpose_arguments
from .options import (
    add_decoding_arguments,
    add_estimator_arguments,
    add_face_arguments,
    add_hands_arguments,
    load_estimator,
    whole_number,
)
from .presentation import Presenter, Rate, add_presentation_arguments


def add_arguments(parser):
    """Options of `pose video`."""
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "source", nargs="?", default=argparse.SUPPRESS,
        help="webcam index, /dev/videoN, file, folder or URL"
    )
    given.add_argument("--camera", dest="source", metavar="N", help="webcam index, as source")
    parser.add_argument(
        "--output", "--write-video",
        type=Path,
        default=Path("poses.mp4"),
        help="mp4 to write; the JSON lines go beside it "
        "with the suffix .jsonl (default %(default)s)",
    )
    parser.add_argument(
        "--max-frames", "--frames", type=whole_number(0), default=0,
        help="stop after so many; 0: never"
    )
    add_openpose_arguments(parser)
    add_presentation_arguments(parser)
    add_estimator_arguments(parser)
    add_decoding_arguments(parser)
    add_hands_arguments(parser)
    add_face_arguments(parser)


def run(arguments) -> int:
    """Write the mp4 and the lines until the source ends.

    Raises SourceError, ValueError or OSError.
    """
    from lightweight_openpose.video.recorder import VideoRecorder
    from lightweight_openpose.video.sources import Source
    source = Source(arguments.source)
    lines = arguments.output.with_suffix(".jsonl")
    for output in (arguments.output, lines):
        spare(output, source.files)
    recorder = VideoRecorder(arguments.output)
    estimator = load_estimator(arguments)
    presenter = Presenter(arguments, estimator)
    folder = None
    if arguments.write_json:
        folder = JsonFolder(arguments.write_json, arguments.source, estimator.hands is not None)
    stream = None
    start = time.monotonic()
    frames = 0
    with ExitStack() as stack:
        stack.callback(presenter.close)
        stack.callback(recorder.close)
        for line, poses, image, stamp in _frames(source, presenter, arguments.max_frames):
            # Not before there is a frame: what an earlier run wrote stays where none comes.
            stream = stream or stack.enter_context(open(str(lines), "w"))
            stream.write(line + "\n")
            if folder is not None:
                folder.write(frames, poses)
            recorder.write(image, stamp)
            _say(recorder.remarks)
            frames += 1
            if not presenter.show(image) or frames == arguments.max_frames:
                break
    print(
        f"{frames} frames, {frames / max(time.monotonic() - start, 1e-3):.1f} fps; "
        f"{arguments.output}, {lines}"
    )
    return 0


def _say(remarks):
    """Take what is worth a warning out of a list, between the progress of tqdm."""
    from tqdm import tqdm
    while remarks:
        tqdm.write(f"pose video: {remarks.pop(0)}", file=sys.stderr)


def _frames(source, presenter, most):
    """(JSON line, poses, annotated image, stamp [s]) of each frame of a source; most: 0 is all."""
    from tqdm import tqdm

    from lightweight_openpose.tracking.tracker import Tracker
    skeleton = presenter.estimator.skeleton
    tracker = Tracker(skeleton)
    rate = Rate()
    total = source.expected_frames()
    total = min(total or most, most) if most else total
    for number, shot in enumerate(tqdm(source, total=total, unit="frame")):
        image = shot.image
        stamp = shot.time
        seen = presenter.estimator.infer(image)
        found = presenter.estimator.people(seen)
        complete = partial(presenter.estimator.complete, seen)
        poses = tracker.update(presenter.shown(found), stamp, image, complete=complete)
        height, width = image.shape[:2]
        model = presenter.estimator.model
        frame = Frame(number, stamp, width, height, skeleton.name, poses, model, shot.file)
        document = json.loads(frame_to_line(frame))
        heads = presenter.add_heads(document, poses, image, stamp)
        presenter.print(poses, f"frame {number}")
        image = image.copy()
        presenter.cover(image, found, poses, stamp)
        presenter.draw(image, poses, heads, rate.tick())
        yield json.dumps(document), poses, image, stamp
