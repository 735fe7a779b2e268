#!/usr/bin/env python3
"""What bags cost: the memory of `pose bag` by their size, and rosbag beside the library rosbags.

Makes bags of raw images of 640x480 and the same as JPEG. Needs the catkin workspace sourced;
rosbags is measured where it is installed (0.11 wants Python 3.10).
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import genpy
import numpy as np
import rosbag
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Header

from lightweight_openpose.ros.bags.reading import open_bag
from lightweight_openpose.ros.bags.writing import BagWriter
from lightweight_openpose.ros.messages.images import bgr_to_image


def write(path, count, compression):
    """A bag of so many images; its path."""
    rng = np.random.default_rng(0)
    image = cv2.resize(rng.integers(0, 256, (30, 40, 3), np.uint8), (640, 480))
    jpeg = cv2.imencode(".jpg", image)[1].tobytes()
    with rosbag.Bag(str(path), "w", compression=compression) as bag:
        for number in range(count):
            stamp = genpy.Time(1000 + number // 30, number % 30 * 33_000_000)
            header = Header(stamp=stamp)
            bag.write("/eye/image_raw", bgr_to_image(image, header), stamp)
            packed = CompressedImage(header, "jpeg", jpeg)
            bag.write("/eye/image_raw/compressed", packed, stamp)
    return path


def peak(path, folder, *options):
    """Largest resident set [MB] of `pose bag` on a bag."""
    command = [
        sys.executable,
        "-m",
        "lightweight_openpose",
        "bag",
        str(path),
        "--height",
        "64",
        "--output",
        str(folder),
        *options,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    for made in folder.glob("*.bag"):
        made.unlink()
    return usage.ru_maxrss >> 10


def read(path):
    """Every message as bytes."""
    with open_bag(path) as bag:
        for _ in bag.records():
            pass


def copy(path, out):
    """Every message into a new bag."""
    with open_bag(path) as bag, BagWriter(out, bag.compression) as new:
        for record in bag.records():
            new.copy(record)


def read_other(path):
    """Likewise by rosbags."""
    from rosbags.rosbag1 import Reader

    with Reader(str(path)) as bag:
        for _ in bag.messages():
            pass


def copy_other(path, out):
    """Likewise by rosbags."""
    from rosbags.rosbag1 import Reader, Writer

    with Reader(str(path)) as bag, Writer(str(out)) as new:
        made = {
            c.id: new.add_connection(
                c.topic,
                c.msgtype,
                msgdef=c.msgdef.data,
                md5sum=c.digest,
                callerid=c.ext.callerid,
                latching=c.ext.latching,
            )
            for c in bag.connections
        }
        for connection, stamp, data in bag.messages():
            new.write(made[connection.id], stamp, data)


def seconds(function, *arguments):
    """Time that a call takes [s]."""
    start = time.monotonic()
    function(*arguments)
    return time.monotonic() - start


def libraries(path, folder, rounds):
    """Print the times of both libraries, in turns."""
    ways = {"rosbag": (read, copy)}
    try:
        import rosbags  # noqa: F401

        ways["rosbags"] = read_other, copy_other
    except ImportError:
        print("rosbags is not installed: rosbag alone")
    for _ in range(rounds):
        for name, (reads, copies) in ways.items():
            out = folder / "copy.bag"
            took = seconds(reads, path), seconds(copies, path, out)
            out.unlink()
            print(f"{name}: reads {took[0]:.1f} s, copies {took[1]:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[100, 1000], help="of each bag")
    parser.add_argument("--rounds", type=int, default=3, help="of both libraries")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for compression in ("none", "lz4"):
            for count in arguments.images:
                path = write(folder / "made.bag", count, compression)
                size = path.stat().st_size / 1e6
                for options in ((), ("--anonymize", "box")):
                    used = peak(path, folder / "out", *options)
                    print(
                        f"| {compression} {' '.join(options)} | {size:.0f} MB | {used} MB |",
                        flush=True,
                    )
        path = write(folder / "made.bag", max(arguments.images), "none")
        libraries(path, folder, arguments.rounds)


if __name__ == "__main__":
    main()
