"""A disk that is full or cannot be written while the visualizer records."""
import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np

from .processes import Node, script, within
from .stream_harms import Scene


@contextlib.contextmanager
def _disk(kilobytes, options=""):
    """Folder on a disk of its own."""
    folder = tempfile.mkdtemp()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k{options}", "tmpfs", folder]
    subprocess.run(mount, check=True)
    try:
        yield Path(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=False)
        os.rmdir(folder)


def _recorded(path, seconds):
    """What the visualizer said while it recorded for so long, and its exit code."""
    command = (*script("pose_visualizer"), "__name:=pose_visualizer", "_heads:=false",
               f"_record:={path}", "image:=/camera/image_raw", "poses:=/pose_estimator/poses")
    with Node(*command, respawn=False) as node:
        within(seconds, lambda: "people.mp4" in node.said() or node.exits, 0.2)
        within(3, lambda: node.exits)
        code = node.exits[0] if node.exits else None
        node.close(signal.SIGINT)
        return node.said(), code


def _noise(scene):
    """Let the camera show what no codec makes small."""
    scene.camera.photo = np.random.default_rng(0).integers(0, 255, (512, 512, 3), np.uint8)
    scene.camera.on = True


def _frames_in(path):
    video = cv2.VideoCapture(str(path))
    count = 0
    while video.read()[0]:
        count += 1
    return count


def full(rng, trials):
    """The error is named once, the estimator goes on, and what was recorded can be played."""
    with Scene(rng, 0) as scene:
        scene.flows(60)
        _noise(scene)
        for _ in range(trials):
            with _disk(int(rng.integers(600, 2000))) as folder:
                path = folder / "people.mp4"
                said, _ = _recorded(path, 60)
                frames = _frames_in(path)
            if "recording to" not in said:
                yield f"no error was named, but: {said[:100]!r}"
            elif not frames:
                yield "nothing can be played"
            else:
                yield "" if scene.flows() else "the estimator does not go on"


def read_only(rng, trials):
    """The visualizer says that it cannot start, and the estimator goes on."""
    with Scene(rng, 0) as scene:
        scene.flows(60)
        for _ in range(trials):
            with _disk(1000, ",ro") as folder:
                said, code = _recorded(folder / "people.mp4", 20)
            if code != 1 or "people.mp4" not in said:
                yield f"exit code {code}, said {said[:100]!r}"
            else:
                yield "" if scene.flows() else "the estimator does not go on"


_CAN_MOUNT = os.geteuid() == 0
_CALLED = {
    "disk-full": (full, "the error is named, what was recorded can be played, poses flow on"),
    "disk-read-only": (read_only, "exit 1 with one line, poses flow on"),
}
HARMS = _CALLED if _CAN_MOUNT else {}
