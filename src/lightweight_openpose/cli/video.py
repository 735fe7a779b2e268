"""Follow the people in a video, camera or stream: an annotated mp4 and one JSON line per frame."""
from __future__ import annotations

import json
import time
from pathlib import Path

from lightweight_openpose.poses.pose_lines import Frame, frame_to_line

from .options import (
    add_decoding_arguments,
    add_estimator_arguments,
    load_estimator,
    whole_number,
)
from .presentation import Presenter, Rate, add_presentation_arguments


def add_arguments(parser):
    """Options of `pose video`."""
    parser.add_argument("source", help="webcam index, /dev/videoN, file, folder or URL")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("poses.mp4"),
        help="mp4 to write; the JSON lines go beside it "
        "with the suffix .jsonl (default %(default)s)",
    )
    parser.add_argument(
        "--max-frames", type=whole_number(0), default=0, help="stop after so many; 0: never"
    )
    add_presentation_arguments(parser)
    add_estimator_arguments(parser)
    add_decoding_arguments(parser)


def run(arguments) -> int:
    """Write the mp4 and the lines until the source ends. Raises SourceError or OSError."""
    from lightweight_openpose.video.recorder import VideoRecorder
    from lightweight_openpose.video.sources import Source
    source = Source(arguments.source)
    estimator = load_estimator(arguments)
    presenter = Presenter(arguments, estimator.skeleton)
    recorder = VideoRecorder(arguments.output)
    lines = arguments.output.with_suffix(".jsonl")
    start = time.monotonic()
    frames = 0
    try:
        with open(str(lines), "w") as stream:
            for line, image, stamp in _frames(source, estimator, presenter):
                stream.write(line + "\n")
                recorder.write(image, stamp)
                frames += 1
                if not presenter.show(image) or frames == arguments.max_frames:
                    break
    finally:
        recorder.close()
        presenter.close()
    print(
        f"{frames} frames, {frames / max(time.monotonic() - start, 1e-3):.1f} fps; "
        f"{arguments.output}, {lines}"
    )
    return 0


def _frames(source, estimator, presenter):
    """(JSON line, annotated image, stamp [s]) of each frame of a source."""
    from tqdm import tqdm

    from lightweight_openpose.tracking.tracker import Tracker
    tracker = Tracker(estimator.skeleton)
    rate = Rate()
    start = time.monotonic()
    stamp = 0.0
    for number, (image, fps) in enumerate(tqdm(source, unit="frame")):
        stamp = time.monotonic() - start if source.live else stamp + 1 / fps
        poses = tracker.update(estimator(image), stamp, image)
        height, width = image.shape[:2]
        frame = Frame(number, stamp, width, height, estimator.skeleton.name, poses)
        document = json.loads(frame_to_line(frame))
        heads = presenter.add_heads(document, poses, image, stamp)
        presenter.print(poses, f"frame {number}")
        image = image.copy()
        presenter.draw(image, poses, heads, rate.tick())
        yield json.dumps(document), image, stamp
