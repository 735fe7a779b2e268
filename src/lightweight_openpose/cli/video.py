"""Follow the people in a video, camera or stream: an annotated mp4 and one JSON line per frame."""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator, List, NamedTuple, Optional

from lightweight_openpose.files import spare
from lightweight_openpose.poses.people import People

from .openpose_options import JsonFolder, add_openpose_arguments
from .options import (
    add_decoding_arguments,
    add_estimator_arguments,
    add_face_arguments,
    add_hands_arguments,
    add_tracker_argument,
    load_estimator,
    whole_number,
)
from .presentation import FrameRate, Presenter, add_presentation_arguments

if TYPE_CHECKING:
    import numpy as np

    from lightweight_openpose.estimation import PoseEstimator, Regions
    from lightweight_openpose.estimation.following import Followed
    from lightweight_openpose.tracking import PersonTracker
    from lightweight_openpose.video import Source, VideoFrame


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose video`."""
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "source",
        nargs="?",
        default=argparse.SUPPRESS,
        help="webcam index, /dev/videoN, file, folder or URL",
    )
    given.add_argument("--camera", dest="source", metavar="N", help="webcam index, as source")
    parser.add_argument(
        "--output",
        "--write-video",
        type=Path,
        default=Path("poses.mp4"),
        help="mp4 to write; the JSON lines go next to it "
        "with the suffix .jsonl (default %(default)s)",
    )
    parser.add_argument(
        "--max-frames",
        "--frames",
        type=whole_number(0),
        default=0,
        help="stop after so many; 0: never",
    )
    parser.add_argument(
        "--regions",
        action="store_true",
        help="look at whole frames now and then only, and between at the people who are known",
    )
    add_tracker_argument(parser)
    add_openpose_arguments(parser)
    add_presentation_arguments(parser)
    add_estimator_arguments(parser)
    add_decoding_arguments(parser)
    add_hands_arguments(parser)
    add_face_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the mp4 and the lines until the source ends.

    Raises SourceError, ValueError or OSError.
    """
    from lightweight_openpose.tracking import make_tracker
    from lightweight_openpose.video import Source
    from lightweight_openpose.video.ahead import mapped
    from lightweight_openpose.video.recorder import VideoRecorder

    source = Source(arguments.source)
    lines = arguments.output.with_suffix(".jsonl")
    for output in (arguments.output, lines):
        spare(output, source.files)
    recorder = VideoRecorder(arguments.output)
    estimator = load_estimator(arguments)
    regions = _regions(estimator) if arguments.regions else None
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

        def finish(answer: _Answer) -> np.ndarray:
            image = answer.draw()
            recorder.write(image, answer.time)
            return image

        tracker = make_tracker(arguments.tracker, estimator.skeleton)
        answers = _answers(source, presenter, tracker, arguments.max_frames, regions)
        for answer, image in mapped(finish, answers, 0 if source.live else 1):
            # Not before there is a frame: what an earlier run wrote stays where none comes.
            stream = stream or stack.enter_context(open(str(lines), "w"))
            stream.write(answer.line + "\n")
            if folder is not None:
                folder.write(frames, answer.people)
            _say(recorder.remarks)
            frames += 1
            if not presenter.show(image):
                break
    print(
        f"{frames} frames, {frames / max(time.monotonic() - start, 1e-3):.1f} fps; "
        f"{arguments.output}, {lines}"
    )
    if regions is not None:
        print("{whole} whole frames looked at, {parts} in parts".format(**regions.looks))
    return 0


def _say(remarks: List[str]) -> None:
    """Take what is worth a warning out of a list, between the progress of tqdm."""
    from tqdm import tqdm

    while remarks:
        tqdm.write(f"pose video: {remarks.pop(0)}", file=sys.stderr)


class _Answer(NamedTuple):
    """What is written about a frame."""

    line: str  # JSON
    people: People  # who are shown
    time: float  # [s]
    draw: Callable[[], np.ndarray]  # the frame (H, W, 3) with what is known drawn on it


def _regions(estimator: PoseEstimator) -> Regions:
    from lightweight_openpose.estimation import Regions

    if not estimator.has_regions():
        raise ValueError("--regions needs a network that takes images of any size and gives maps")
    return Regions()


def _answers(
    source: Source,
    presenter: Presenter,
    tracker: PersonTracker,
    max_frames: int,
    regions: Optional[Regions],
) -> Iterator[_Answer]:
    """The answer to each frame of a source; max_frames: 0 is all."""
    from tqdm import tqdm

    from lightweight_openpose.estimation.following import follow
    from lightweight_openpose.video.ahead import ahead

    estimator = presenter.estimator
    rate = FrameRate()
    total = source.expected_frames()
    total = min(total or max_frames, max_frames) if max_frames else total
    shots: Iterator[VideoFrame] = islice(source, max_frames or None)
    shots = shots if source.live else ahead(shots)
    followed = follow(estimator, shots, tracker, source.live, regions, presenter.shown)
    for number, each in enumerate(tqdm(followed, total=total, unit="frame")):
        yield _answer(number, each, presenter, rate)


def _answer(number: int, followed: Followed, presenter: Presenter, rate: FrameRate) -> _Answer:
    frame, people, found = followed
    people = presenter.with_heads(people)
    document = {"frame": number, **presenter.written(people).to_dict()}
    presenter.print(people, f"frame {number}")
    now = rate.tick()

    def draw() -> np.ndarray:
        drawn = frame.image.copy()
        presenter.anonymize(drawn, found, people)
        presenter.draw(drawn, people, now)
        return drawn

    return _Answer(json.dumps(document), people, frame.time, draw)
