#!/usr/bin/env python3
"""What the ROS pipeline costs above the bare network: real nodes, footage decoded beforehand, on
this machine in one run.

Needs the catkin workspace sourced. For each case: ms of the bare network, poses per second with
images offered faster than they can be processed, age of the poses at a subscriber with 30 images
per second, CPU time of the estimator's process above the bare network's per frame, and its peak
memory.

--hands MODEL runs the first case again with a network of hands, and says how many frames a second
are left of those without.
"""

import argparse
import json
import sys
import time

import numpy as np
from nodes import HERE, Listener, cpu_ms, memory_mb, ros, running

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.preprocessing import preprocess

# images offered over the rate of the bare network; more only makes rospy receive what is dropped
OVERLOAD = 1.1
WARM = 2.0  # s of images before those that count
# Size, whether compressed, and whether images are read from their sockets as rospy does it.
CASES = (
    ("1280x720", False, False),
    ("640x480", False, False),
    ("1280x720", True, False),
    ("1280x720", False, True),
)
# Runs a node (the next argument) without plumbing.tcpros_patch.
PLAIN = """
import runpy, sys
from lightweight_openpose.ros.plumbing import params
params.patch_recv_buff = lambda: None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def bare(arguments, size):
    """Median wall ms and mean CPU ms of the backend alone on the network's input for this image
    size.
    """
    estimator = PoseEstimator.load(arguments.model, arguments.backend, arguments.height)
    width, height = map(int, size.split("x"))
    tensor, _ = preprocess(
        np.full((height, width, 3), 90, np.uint8), arguments.height, estimator.spec
    )
    for _ in range(5):
        estimator.backend(tensor)
    times = []
    cpu = time.process_time()
    for _ in range(40):
        start = time.perf_counter()
        estimator.backend(tensor)
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times)), 1000 * (time.process_time() - cpu) / 40


def case(arguments, size, compressed, plain, hands=""):
    """One row of the table; hands: name or path of a network of hands."""
    wall, cpu = bare(arguments, size)
    row = {
        "size": size,
        "transport": ("compressed" if compressed else "raw") + plain * ", plain receive",
        "hands": hands,
        "bare_ms": wall,
        "bare_cpu_ms": cpu,
    }
    node = HERE.parent / "scripts" / "pose_estimator_node.py"
    program = ["-c", PLAIN, node] if plain else [node]
    with running(
        sys.executable,
        *program,
        "__ns:=bench",
        "__name:=pose_estimator",
        f"_model:={arguments.model}",
        f"_backend:={arguments.backend}",
        f"_input_height:={arguments.height}",
        f"_image_transport:={'compressed' if compressed else 'raw'}",
        *([f"_hands:={hands}"] if hands else []),
    ) as process:
        listener = Listener()
        for name, rate in (("throughput", OVERLOAD * 1000 / wall), ("age", 30.0)):
            player = [
                sys.executable,
                HERE / "player.py",
                arguments.video,
                "--size",
                size,
                "--rate",
                rate,
                "--seconds",
                arguments.seconds + WARM,
                "__ns:=bench",
            ] + (["--compressed"] if compressed else [])
            with running(*player) as source:
                first = len(listener.arrivals)
                end = time.time() + 60
                while len(listener.arrivals) < first + 10 and time.time() < end:
                    time.sleep(0.05)
                time.sleep(WARM)
                listener.clear()
                before = cpu_ms(process.pid)
                begin = time.monotonic()
                source.wait(60)
                frames = len(listener.arrivals)
                seconds = time.monotonic() - begin
                spent = (cpu_ms(process.pid) - before) / max(frames, 1)
            if name == "throughput":
                row.update(
                    poses_per_s=frames / seconds,
                    of_bare=frames / seconds * wall / 1000,
                    cpu_above_ms=spent - cpu,
                    people=float(np.median(listener.people)),
                    hands_seen=float(np.mean(listener.hands)),
                )
            else:
                row["cpu_above_ms_30hz"] = spent - cpu
                row.update(
                    zip(
                        ("age_p50", "age_p95", "age_p99"),
                        np.percentile(listener.ages, (50, 95, 99)).tolist(),
                    )
                )
        row["peak_mb"] = memory_mb(process.pid, "VmHWM")
    listener.subscriber.unregister()
    return row


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video", help="clip with people in it")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--model", default="default")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--hands", metavar="MODEL", help="name or path of a network of hands")
    arguments = parser.parse_args()
    with ros():
        cases = CASES[:1] if arguments.hands else CASES
        rows = [case(arguments, *c) for c in cases]
        if arguments.hands:
            rows.append(case(arguments, *CASES[0], arguments.hands))
    if arguments.json:
        print(json.dumps(rows))
        return 0
    print(f"{arguments.model}, height {arguments.height} px, {arguments.seconds:g} s per figure\n")
    print(
        "| images | people | bare ms | poses/s | of bare | CPU above bare ms, overloaded / at 30 "
        "Hz | age p50 / p95 / p99 ms at 30 Hz | limit of p95 | peak MB |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for r in rows:
        limit = 2.0 * r["bare_ms"] if r["bare_ms"] > 1000 / 30 else r["bare_ms"] + 12
        cpu = f"{r['cpu_above_ms']:.1f} / {r['cpu_above_ms_30hz']:.1f}"
        age = f"{r['age_p50']:.0f} / {r['age_p95']:.0f} / {r['age_p99']:.0f}"
        print(
            f"| {r['size']} {r['transport']}{', hands' if r['hands'] else ''} | "
            f"{r['people']:.0f} | {r['bare_ms']:.1f} | "
            f"{r['poses_per_s']:.1f} | {r['of_bare']:.2f} | {cpu} | {age} | {limit:.0f} | "
            f"{r['peak_mb']:.0f} |"
        )
    if arguments.hands:
        without, with_hands = rows
        share = with_hands["poses_per_s"] / without["poses_per_s"]
        print(
            f"\n{arguments.hands}: {share:.2f} of the frames a second without hands, "
            f"{with_hands['hands_seen']:.1f} hands in an image"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
