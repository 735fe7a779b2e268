"""Follow the people in a video, camera or stream: an annotated mp4 and one JSON line per frame."""
from __future__ import annotations

import time
from pathlib import Path

from lightweight_openpose.poses.pose_lines import Frame, frame_to_line

from .options import add_estimator_arguments, load_estimator


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
    parser.add_argument("--max-frames", type=int, default=0, help="stop after so many; 0: never")
    add_estimator_arguments(parser)


def run(arguments) -> int:
    """Write the mp4 and the lines until the source ends. Raises SourceError or OSError."""
    from tqdm import tqdm

    from lightweight_openpose.display.drawing import draw_poses
    from lightweight_openpose.tracking.tracker import Tracker
    from lightweight_openpose.video.recorder import VideoRecorder
    from lightweight_openpose.video.sources import Source
    source = Source(arguments.source)
    estimator = load_estimator(arguments)
    tracker = Tracker(estimator.skeleton)
    recorder = None
    frames = 0
    stamp = 0.0
    start = time.monotonic()
    lines = arguments.output.with_suffix(".jsonl")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(str(lines), "w") as stream:
            for image, fps in tqdm(source, unit="frame"):
                stamp = time.monotonic() - start if source.live else stamp + 1 / fps
                recorder = recorder or VideoRecorder(arguments.output)
                poses = tracker.update(estimator(image), stamp, image)
                height, width = image.shape[:2]
                frame = Frame(frames, stamp, width, height, estimator.skeleton.name, poses)
                stream.write(frame_to_line(frame) + "\n")
                image = image.copy()
                draw_poses(image, poses, estimator.skeleton)
                recorder.write(image, stamp)
                frames += 1
                if frames == arguments.max_frames:
                    break
    finally:
        if recorder is not None:
            recorder.close()
    print(
        f"{frames} frames, {frames / max(time.monotonic() - start, 1e-3):.1f} fps; "
        f"{arguments.output}, {lines}"
    )
    return 0
