"""What the demo saw, as lines for the console; why it failed, in one.

`python -m lightweight_openpose.ros.nodes.demo_summary OUT` prints them for a folder of the demo.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

from lightweight_openpose.display.drawing import count_people

SUMMARY = "summary.json"
FRAME = "frame.png"
MONITOR = "demo_monitor"
LOG = "demo.log"  # all that roslaunch and the nodes logged
FILES = ("demo.mp4", FRAME, "demo.bag", SUMMARY)
_NO_RESULT = "it ended without a result"
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_DIED = re.compile(
    r"REQUIRED process \[(\S+)-\d+\] has died!\s+process has died \[pid \d+, exit code (-?\d+)"
)
_FATAL = re.compile(  # roslaunch names a file, and on the next line what is wrong in it
    r"\[FATAL\] \[[^]]*\]: (.*)|^RLException: while processing .*:\n(.+)"
    r"|^(RLException: .*|Value error: .*)",
    re.M,
)


def fault_in(log: str) -> Optional[str]:
    """Why a node or roslaunch itself could not go on, by what they logged; None without a reason."""
    log = _COLOR.sub("", log)
    reasons = _FATAL.findall(log)
    if reasons:
        return next(filter(None, reasons[0])).strip()
    died = _DIED.search(log)
    if died and died.group(1) != MONITOR:
        return f"{died.group(1)} ended with exit code {died.group(2)}"
    return None


def fault_of(out: Path) -> Optional[str]:
    """Why the demo that wrote into `out` failed, None when it did not."""
    log = out / LOG
    said = fault_in(log.read_text(errors="replace")) if log.exists() else None
    if said is not None:
        return said
    summary = read_summary(out)
    if summary is None:
        return _NO_RESULT
    if not summary["ok"]:
        return summary["error"]
    missing = [name for name in FILES if not (out / name).exists()]
    return f"not written: {', '.join(missing)}" if missing else None


def read_summary(out: Path) -> Optional[Dict[str, Any]]:
    """What the monitor wrote into `out`, None when it did not come to that."""
    path = out / SUMMARY
    return json.loads(path.read_text()) if path.exists() else None


def count_ids(count: int) -> str:
    """A number of ids in words, such as "1 id"."""
    return "1 id" if count == 1 else f"{count} ids"


def closing_lines(summary: Dict[str, Any], out: Path) -> List[str]:
    """Six lines: what was seen, where it is, what to try next."""
    speed = ""
    if "fps" in summary:
        speed = f" at {summary['fps']} fps"
    if "latency_ms_median" in summary:
        speed += f", {summary['latency_ms_median']:.0f} ms after each image"
    log = f", {LOG} (log of the nodes)" if (out / LOG).exists() else ""
    return [
        f"Seen:    {count_people(summary['people_in_median_frame'])} in the median frame, at most "
        f"{summary['most_people_in_a_frame']}, {count_ids(summary['track_ids'])}; heads in "
        f"{summary['frames_with_head_orientation']} frames",
        f"Frames:  {summary['frames_processed']} of {summary['frames_offered']}{speed}",
        f"Look at: {out}/demo.mp4 (annotated video), {FRAME} (its best frame)",
        f"Data:    {out}/demo.bag (all messages), {SUMMARY}{log}",
        "Next:    make demo SOURCE=0 (webcam), SOURCE=clip.mp4, SOURCE=photos/, SOURCE=rtsp://…",
        f"Robot:   {_sourcing()}roslaunch lightweight_openpose people.launch "
        "image:=/camera/color/image_raw",
    ]


def _sourcing() -> str:
    """What a fresh shell needs before roslaunch finds this package, empty where that is unknown."""
    prefix = os.environ.get("CMAKE_PREFIX_PATH", "").split(os.pathsep)[0]
    setup = Path(prefix) / "setup.bash"
    return f"source {shlex.quote(str(setup))} && " if prefix and setup.exists() else ""


def main(out: str) -> int:
    """Print the closing lines, or as the last line the reason without them; exit status."""
    folder = Path(out)
    fault = fault_of(folder)
    summary = read_summary(folder) if fault is None else None
    if summary is None:
        print(f"demo: {fault or _NO_RESULT} (full log: {folder / LOG})", file=sys.stderr)
        return 1
    print("", *closing_lines(summary, folder), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
