"""A disk that is full or cannot be written, for recordings, caches, bags and checkpoints."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from .load_harms import write_bag
from .processes import Node, script, within
from .stream_harms import Scene


@contextlib.contextmanager
def disk(kilobytes, options=""):
    """Folder on a disk of its own."""
    folder = tempfile.mkdtemp()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k{options}", "tmpfs", folder]
    subprocess.run(mount, check=True)
    try:
        yield Path(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=False)
        os.rmdir(folder)


def _recorded(path, seconds, ends_within=3):
    """What the visualizer said while it recorded for so long, and its exit code."""
    command = (
        *script("pose_visualizer"),
        "__name:=pose_visualizer",
        "_heads:=false",
        f"_record:={path}",
        "image:=/camera/image_raw",
        "poses:=/pose_estimator/poses",
    )
    with Node(*command, respawn=False) as node:
        within(seconds, lambda: "people.mp4" in node.said() or node.exits, 0.2)
        within(ends_within, lambda: node.exits)
        code = node.exits[0] if node.exits else None
        node.close(signal.SIGINT)
        return node.said(), code


def show_noise(scene):
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
        show_noise(scene)
        for _ in range(trials):
            with disk(int(rng.integers(600, 2000))) as folder:
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
            with disk(1000, ",ro") as folder:
                said, code = _recorded(folder / "people.mp4", 20, 15)
            if code != 1 or "people.mp4" not in said:
                yield f"exit code {code}, said {said[:100]!r}"
            else:
                yield "" if scene.flows() else "the estimator does not go on"


@contextlib.contextmanager
def _cache(folder):
    """Processes that begin in this block have the user's cache there."""
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before


def _cached(rng, trials, options):
    for _ in range(trials):
        with disk(int(rng.integers(20, 3000)), options) as folder, _cache(folder):
            with Scene(rng, 0) as scene:
                yield "" if scene.flows(60) else f"no poses: {scene.node.said()[-200:]}"


def cache_full(rng, trials):
    """An estimator starts whose compiled network does not fit on the disk of the cache."""
    yield from _cached(rng, trials, "")


def cache_read_only(rng, trials):
    """An estimator starts whose cache cannot be written."""
    yield from _cached(rng, trials, ",ro")


def bag_full(rng, trials):
    """`pose bag` onto a disk that fills: no bag in place, and a whole one on a larger disk."""
    with tempfile.TemporaryDirectory() as home:
        source = write_bag(Path(home, "people.bag"), 20)
        size = source.stat().st_size // 1024
        for _ in range(trials):
            with disk(int(rng.uniform(0.1, 0.9) * size)) as folder:
                yield _bag_trial(source, folder)


def _bag_trial(source, folder):
    command = [sys.executable, "-m", "lightweight_openpose", "bag", str(source), "--output"]
    done = subprocess.run(
        [*command, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 1 or done.stdout.count("No space left") != 1:
        return f"exit code {done.returncode}, said {done.stdout[-200:]!r}"
    if list(folder.glob("*_poses.bag")):
        return "half a bag is in place"
    with tempfile.TemporaryDirectory() as larger:
        again = subprocess.run([*command, larger], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        made = list(Path(larger).glob("*_poses.bag"))
        return "" if again.returncode == 0 and made else "no bag on a larger disk"


def checkpoint_full(rng, trials):
    """A checkpoint that does not fit: an error, and the one before is the last, and loads."""
    import torch

    from lightweight_openpose.networks.checkpoint import read_checkpoint
    from lightweight_openpose.training.checkpoints import CheckpointFolder

    for _ in range(trials):
        with disk(200) as home:
            folder = CheckpointFolder(home)
            good = folder.save(1, {"state_dict": {"w": torch.zeros(20000)}})
            try:
                folder.save(2, {"state_dict": {"w": torch.zeros(int(rng.integers(40000, 200000)))}})
                yield "no error"
            except OSError as error:
                whole = len(read_checkpoint(folder.last())["state_dict"]["w"]) == 20000
                alone = os.listdir(str(home)) == [good.name]
                named = "No space left" in str(error)
                yield "" if whole and alone and named else f"{error}, {os.listdir(str(home))}"


CAN_MOUNT = os.geteuid() == 0
_CALLED = {
    "disk-full": (full, "the error is named, what was recorded can be played, poses flow on"),
    "disk-read-only": (read_only, "exit 1 with one line, poses flow on"),
    "cache-disk-full": (cache_full, "poses flow"),
    "cache-disk-read-only": (cache_read_only, "poses flow"),
    "bag-disk-full": (bag_full, "one line of error, no half bag, whole on a larger disk"),
    "checkpoint-disk-full": (checkpoint_full, "an error, and the one before loads"),
}
HARMS = _CALLED if CAN_MOUNT else {}
