#!/usr/bin/env python3
"""Make the pictures in doc/pictures.

The people are those of samples/park.mp4, which is part of the package (see NOTICE). Run it in the
environment of `tools/setup.sh test`; without names it makes all of them.
"""

import argparse
import contextlib
import io
import os
import socket
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import submarine  # noqa: E402

from lightweight_openpose.cli.program import main as pose  # noqa: E402
from lightweight_openpose.video.sources import Source  # noqa: E402

CLIP = ROOT / "samples" / "park.mp4"
FRAME = 50  # of the clip: both people, and three of their hands
HAND = (420, 350, 200, 220)  # x, y, width, height [px] of the arms of the person in front
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 80]


def frame_of_clip():
    """The frame (H, W, 3) of the clip that most pictures are made of."""
    frame = next(islice(Source(str(CLIP)), FRAME, None))
    return np.ascontiguousarray(frame.image)


def drawn(folder, *options):
    """The frame of the clip as `pose image` draws it with the options."""
    cv2.imwrite(str(folder / "frame.png"), frame_of_clip())
    command = ["image", folder / "frame.png", "--height", 368, "--output", folder / "out", *options]
    if pose([str(word) for word in command]):
        raise SystemExit("pose image failed")
    return cv2.imread(str(folder / "out" / "frame.png"))


def hands(folder):
    x, y, width, height = HAND
    part = drawn(folder, "--hands")[y : y + height, x : x + width]
    return cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def privacy(folder):
    image = drawn(folder, "--anonymize", "blur")
    return cv2.resize(image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)


def training(folder):
    """Three rendered submarines with the keypoints of their labels."""
    rng = np.random.default_rng(4)
    images = []
    for _ in range(3):
        image = submarine.background(rng)
        for x, y in submarine.render(rng, image, *submarine.pose(rng)):
            cv2.drawMarker(image, (int(x), int(y)), (255, 255, 255), cv2.MARKER_CROSS, 14, 2)
        images.append(image)
    return np.hstack(images)


def bags(folder):
    """Joints of both people over the clip, as `pose plot` draws them."""
    for command in (
        ["video", CLIP, "--output", folder / "clip.mp4"],
        ["plot", folder / "clip.jsonl", "--output", folder / "plot.png"],
    ):
        if pose([str(word) for word in command]):
            raise SystemExit(f"pose {command[0]} failed")
    image = cv2.imread(str(folder / "plot.png"))
    scale = 900 / image.shape[1]
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def compatibility(folder):
    """The frame in encodings of cameras, each read and drawn as the nodes do it."""
    from sensor_msgs.msg import Image

    from lightweight_openpose import PoseEstimator
    from lightweight_openpose.ros.messages.images import image_to_bgr

    estimator = PoseEstimator.load(input_height=368)
    tiles = []
    for encoding, pixels in encoded(frame_of_clip()):
        height, width = pixels.shape[:2]
        height = height * 2 // 3 if encoding == "nv12" else height
        step = pixels.strides[0]
        msg = Image(None, height, width, encoding, 0, step, pixels.tobytes())
        image = image_to_bgr(msg)
        image = cv2.resize(estimator(image).draw(image), None, fx=0.4, fy=0.4)
        for colour, thickness in ((0, 0, 0), 4), ((255, 255, 255), 1):
            at = 10, image.shape[0] - 12
            cv2.putText(
                image, encoding, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, colour, thickness, cv2.LINE_AA
            )
        tiles.append(image)
    return np.vstack([np.hstack(tiles[:3]), np.hstack(tiles[3:])])


def encoded(image):
    """(encoding, pixels) of a BGR image (H, W, 3), whose sides are even, as cameras send it."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    mosaic = np.empty_like(grey)
    for row, column, channel in ((0, 0, 2), (0, 1, 1), (1, 0, 1), (1, 1, 0)):
        mosaic[row::2, column::2] = image[row::2, column::2, channel]
    planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
    height = image.shape[0]
    colours = planes[height:].reshape(2, -1)
    nv12 = np.vstack([planes[:height], colours.T.reshape(height // 2, -1)])
    yield "bgr8", image
    yield "mono8", grey
    yield "bayer_rggb8", mosaic
    yield "nv12", nv12
    yield "mono16", grey.astype(np.uint16) << 4  # 12 bits in use
    yield "rgba8", cv2.cvtColor(image, cv2.COLOR_BGR2RGBA)


def runtimes(folder):
    """What `pose benchmark` says of the runtimes that are installed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    cv2.imwrite(str(folder / "frame.png"), frame_of_clip())
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        if pose(["benchmark", "--image", str(folder / "frame.png")]):
            raise SystemExit("pose benchmark failed")
    lines = (line.split("|")[1:-1] for line in said.getvalue().splitlines() if line.count("|") > 7)
    rows = [[cell.strip() for cell in line] for line in lines]
    stages = rows[0][3:6]
    rows = [row for row in rows if row[3].replace(".", "").isdigit()][::-1]
    figure = Figure(figsize=(8, 0.6 * len(rows) + 1.1), dpi=110)
    axes = figure.add_subplot()
    labels = [f"{backend}\n{precision}" for backend, _, precision, *_ in rows]
    left = np.zeros(len(rows))
    for column, stage in enumerate(stages, 3):
        times = np.array([float(row[column]) for row in rows])
        axes.barh(labels, times, left=left, label=stage)
        left += times
    for row, total in enumerate(left):
        axes.text(total, row, f" {total:.0f} ms", va="center")
    axes.set_xlim(0, 1.12 * max(left))
    axes.set_xlabel(f"ms per image of the clip, model own, {os.cpu_count()} cores")
    figure.legend(*axes.get_legend_handles_labels(), loc="upper center", ncol=3)
    figure.tight_layout(rect=(0, 0, 1, 0.9))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return cv2.cvtColor(np.asarray(canvas.buffer_rgba()), cv2.COLOR_RGBA2BGR)


def faults(folder):
    """The page in a browser 8 s after the camera stopped; needs Chromium."""
    sys.path.insert(0, str(ROOT / "test" / "display"))
    from browser import Browser

    from lightweight_openpose import PoseEstimator
    from lightweight_openpose.display.web_server import WebServer
    from lightweight_openpose.display.web_state import WebState

    now = [0.0]
    state = WebState(lambda: now[0])
    image = frame_of_clip()
    people = PoseEstimator.load(input_height=368)(image)
    drawn = people.draw(image)
    state.on_poses([(i + 1, pose.score, 18) for i, pose in enumerate(people)], 0.05)
    state.on_image()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    watched = []
    web = ROOT / "web"
    server = WebServer(web, state.snapshot, watched.append, port=port, token="abc")
    browser = Browser()
    try:
        browser.open(f"http://127.0.0.1:{port}/?token=abc", 1000, 490)
        while not browser.run("document.querySelector('#live')?.naturalWidth"):
            server.put(cv2.imencode(".jpg", drawn)[1].tobytes())
            time.sleep(0.2)
        now[0] = 8.0
        time.sleep(3)
        return cv2.imdecode(np.frombuffer(browser.picture(), np.uint8), cv2.IMREAD_COLOR)
    finally:
        browser.close()
        server.close()


MAKERS = {
    "faults": faults,
    "hands": hands,
    "privacy": privacy,
    "training": training,
    "bags": bags,
    "compatibility": compatibility,
    "runtimes": runtimes,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(MAKERS)} (default: all)")
    parser.add_argument("--output", type=Path, default=ROOT / "doc" / "pictures")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(MAKERS)
    if unknown:
        parser.error(f"no picture is called {', '.join(sorted(unknown))}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or MAKERS:
        with tempfile.TemporaryDirectory() as folder:
            image = MAKERS[name](Path(folder))
        path = arguments.output / f"{name}.jpg"
        cv2.imwrite(str(path), image, QUALITY)
        print(f"{path}: {image.shape[1]}x{image.shape[0]} px, {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
