#!/usr/bin/env python3
"""Damage bags and give them to `pose bag` and `pose plot`: poses, or one line of error each.

A bag with images, poses and a type that nobody knows is cut, has bits flipped, lies about sizes,
counts and places, and has chunks that unpack to gigabytes. No module may be made of it, no file
half written, and neither memory nor time may go beyond a bound. Needs the catkin workspace sourced.
Exits with 1 where anything else happened.
"""

import argparse
import bz2
import collections
import contextlib
import io
import json
import os
import random
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import numpy as np

LIMIT = 20  # s of the CPU's for one bag
MEMORY = 1 << 30  # bytes that a bag may take in all: twice the largest chunk
GROWN = (1 << 29) + (1 << 25)  # bytes of a chunk that is packed to little, beyond what is allowed
SIZES = re.compile(rb"(?:index_pos|conn_count|chunk_count|size|count|ver|conn|chunk_pos|time|op)=")
WRONG = [0, 1, 7, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 1]


class Nobody:
    """Stands for a PoseEstimator that finds nobody."""

    model = "nobody"

    def __init__(self):
        from lightweight_openpose.estimation.decoding import DecoderConfig
        from lightweight_openpose.poses.skeleton import COCO18

        self.skeleton, self.config = COCO18, DecoderConfig()

    def __call__(self, image):
        return []


def write_bag(path, compression):
    """A bag of what people record."""
    import genpy
    import rosbag
    from lightweight_openpose.msg import HumanPoseArray
    from std_msgs.msg import Header, String

    from lightweight_openpose.ros.messages.images import bgr_to_image

    unknown = {
        "topic": "/x",
        "type": "nobody_msgs/Thing",
        "md5sum": "0" * 32,
        "message_definition": "uint8[] data",
        "callerid": "/node",
    }
    kind = type("Kind", (), {"_md5sum": "0" * 32})
    rng = np.random.default_rng(0)
    with rosbag.Bag(str(path), "w", compression=compression, chunk_threshold=4000) as bag:
        for number in range(6):
            time = genpy.Time(100, number * 10**8)
            image = rng.integers(0, 256, (24, 20, 3), np.uint8)
            bag.write("/eye/image_raw", bgr_to_image(image, Header(stamp=time)), time)
            bag.write("/words", String("go"), time)
            bag.write(
                "/x",
                ("nobody_msgs/Thing", b"\1\0\0\0\7", "0" * 32, kind),
                time,
                raw=True,
                connection_header=unknown,
            )
            bag.write("/old/poses", HumanPoseArray(header=Header(stamp=time), width=20), time)
    return path


def changed(data, at, value):
    """The bytes with others in the place."""
    return data[:at] + value + data[at + len(value) :]


def harms(plain, packed, trials, rng):
    """(what was done, bytes of a bag) for so many trials of each harm."""
    for i in range(trials):
        for name, data in (("plain", plain), ("packed", packed)):
            yield f"cut, {name}", data[: rng.randrange(len(data))]
            at = rng.randrange(len(data))
            flipped = bytes([data[at] ^ 1 << rng.randrange(8)])
            yield f"bit flipped, {name}", changed(data, at, flipped)
        place = rng.choice([m.end() for m in SIZES.finditer(plain)])
        lie = struct.pack("<I", rng.choice(WRONG))
        yield "lie in a header", changed(plain, place, lie)
        lengths = [m.start() - 4 for m in re.finditer(rb"op=", plain)]
        at = rng.choice(lengths) - rng.choice([0, 4])
        yield "lie about a length", changed(plain, at, lie)
        start = rng.randrange(len(plain) - 50)
        yield "noise", changed(plain, start, bytes(rng.getrandbits(8) for _ in range(50)))


def grown(packed):
    """A bag whose first chunk unpacks to GROWN bytes."""
    start = packed.index(b"BZh")
    length = struct.unpack_from("<I", packed, start - 4)[0]
    return packed[: start - 4] + _sized(_zeros()) + packed[start + length :]


def grown_in_place(packed):
    """Likewise; what follows stays where the index says."""
    start = packed.index(b"BZh")
    bomb = _zeros()
    return changed(packed, start - 4, struct.pack("<I", len(bomb)) + bomb)


def _zeros():
    compressor = bz2.BZ2Compressor()
    block = bytes(1 << 24)
    parts = [compressor.compress(block) for _ in range(GROWN >> 24)]
    return b"".join(parts) + compressor.flush()


def _sized(data):
    return struct.pack("<I", len(data)) + data


def child(folder):
    """Read paths from the input, and answer each with a line of JSON: what became of it."""
    import genpy.dynamic

    from lightweight_openpose.cli.program import main
    from lightweight_openpose.estimation.estimator import PoseEstimator

    PoseEstimator.load = classmethod(lambda cls, **_: Nobody())

    def refused(*_):
        raise AssertionError("a module is made of a definition")

    genpy.dynamic.generate_dynamic = refused
    for line in sys.stdin:
        path = line.strip()
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        print(json.dumps(_tried(main, path, folder)), flush=True)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _tried(main, path, folder):
    faults = []
    for number, arguments in enumerate((["bag"], ["bag", "--anonymize", "box"], ["plot"])):
        out = os.path.join(folder, f"out{number}")
        where = ["--output", out + ".png" if arguments == ["plot"] else out]
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
                code = main([*arguments, path, *where])
        except BaseException:
            faults.append("traceback: " + traceback.format_exc().splitlines()[-1])
            continue
        faults += _wrong(arguments[0], code, said.getvalue(), out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    return faults + ([f"{peak >> 20} MB"] if peak > MEMORY + (1 << 29) else [])


def _wrong(command, code, said, out):
    lines = [line for line in said.splitlines() if f"pose {command}: " in line]
    left = [path for path in Path(out).glob("*") if path.suffix == ".bag"] if code else []
    for path in Path(out).glob("*"):
        path.unlink()
    if "Traceback" in said or "Error:" in said:
        return ["traceback: " + said.splitlines()[-1]]
    if code not in (0, 1) or code and len(lines) != 1:
        return [f"pose {command}: exit code {code} and {len(lines)} lines"]
    return [f"{left[0].name} though it failed"] if left else []


class Children:
    """One process that tries bags, and another where it died."""

    def __init__(self, folder):
        self._folder = folder
        self._process = None

    def tried(self, path):
        """What was wrong with how a bag was taken."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", __file__, "--child", self._folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if answer:
            return json.loads(answer)
        code = self._process.wait()
        return [f"hangs for {LIMIT} s" if code == -signal.SIGPROF else f"dies: {code}"]

    def close(self):
        """End it."""
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait(30)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=30, help="of each of seven harms")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", metavar="FOLDER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child)
        return 0
    rng = random.Random(arguments.seed)
    wrong, done = collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        plain, packed = (
            write_bag(Path(folder, f"{how}.bag"), how).read_bytes() for how in ("none", "bz2")
        )
        children = Children(folder)
        stack.callback(children.close)
        bombs = [("chunk that grows", grown(packed)), ("the same", grown_in_place(packed))]
        for number, (name, data) in enumerate(
            [*harms(plain, packed, arguments.trials, rng), *bombs]
        ):
            path = Path(folder, f"{number}.bag")
            path.write_bytes(data)
            done[name] += 1
            for fault in children.tried(path):
                wrong[name, fault] += 1
            path.unlink()
    for name, count in done.items():
        print(f"| {name} | {count} | {sum(n for (k, _), n in wrong.items() if k == name)} |")
    for (name, fault), count in wrong.items():
        print(f"{name}: {count} times: {fault}", file=sys.stderr)
    print(f"{sum(done.values())} bags, {sum(wrong.values())} unexpected")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
