"""What is installed on this machine: versions, runtimes, devices, models, cameras and ROS.

Exits with 1 where no runtime or no model is there, so that nothing could run.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import platform
import socket
from functools import partial
from pathlib import Path
from typing import Callable, Iterator, List, NamedTuple
from urllib.parse import urlparse

from .devices import devices_of, version_of


class Row(NamedTuple):
    """A line of the table."""

    what: str
    good: bool  # false: missing or broken
    found: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`pose check` has no options."""


def run(arguments: argparse.Namespace) -> int:
    """Print the table; 1 where no runtime or no model can be used."""
    runtimes = _rows(_runtimes, "runtimes")
    models = _rows(_models, "models")
    others = [_rows(part, name) for name, part in (("cameras", _cameras), ("ros", _ros))]
    rows = [*_rows(_versions, "versions"), *runtimes, *models, *sum(others, [])]
    verdict = _rows(_verdict, "poses can be found")
    width = max(len(row.what) for row in rows + verdict)
    for row in rows + verdict:
        print(f"{'ok' if row.good else '--'}  {row.what:{width}}  {row.found}")
    return 0 if all(row.good for row in verdict) else 1


def _rows(part: Callable[[], Iterator[Row]], name: str) -> List[Row]:
    """The rows of a part of the table, up to where it fails."""
    rows = []
    try:
        for row in part():
            rows.append(row)
    except Exception as error:  # whatever is broken on this machine is reported
        rows.append(Row(name, False, _one_line(error)))
    return rows


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:160]


def _package(what: str, name: str, more: Callable[[], str] = lambda: "") -> Row:
    """Row of a Python package, with what more() says of it."""
    try:
        importlib.import_module(name)  # noqa: TID251
    except ModuleNotFoundError as error:
        return Row(what, False, "not installed" if error.name == name else _one_line(error))
    except Exception as error:  # installed and broken
        return Row(what, False, _one_line(error))
    try:
        details = more()
    except Exception as error:
        return Row(what, False, f"{version_of(name)}, {_one_line(error)}")
    return Row(what, True, version_of(name) + (f"; {details}" if details else ""))


def _versions() -> Iterator[Row]:
    from lightweight_openpose.files import package_version, share_dir

    yield Row("lightweight_openpose", True, f"{package_version()} in {share_dir()}")
    yield Row("Python", True, f"{platform.python_version()} on {platform.platform()}")
    yield Row("bfloat16 of the processor", True, _bfloat16())
    yield _package("NumPy", "numpy")
    yield _package("OpenCV", "cv2", _windows)
    yield _package("PyAV (videos, streams)", "av")


def _bfloat16() -> str:
    from lightweight_openpose.backends import native_bfloat16

    if native_bfloat16():
        return "native: --precision auto takes it for models that were measured in it"
    return "none, or emulated: --precision auto takes f32"


def _windows() -> str:
    from lightweight_openpose.display.window import why_no_window

    return "--show: " + (why_no_window() or "a window can be shown")


def _runtimes() -> Iterator[Row]:
    from lightweight_openpose.backends import RUNTIMES

    for name, runtime in RUNTIMES.items():
        yield _package(f"runtime {name}", runtime.package, partial(_devices, name))


def _devices(name: str) -> str:
    return "devices " + (", ".join(devices_of(name)) or "none")


def _models() -> Iterator[Row]:
    from lightweight_openpose.zoo.catalogue import locate, read_entries

    entries, defaults = read_entries()
    for name, entry in entries.items():
        path = locate(entry)
        rank = " (default)" if name == defaults[0] else ""
        missing = f"not on this machine: pose models fetch {name}"
        yield Row(f"model {name}{rank}", path is not None, str(path or missing))


def _verdict() -> Iterator[Row]:
    """One row: the runtime that would run the default model, where, and in which precision."""
    from lightweight_openpose.backends import RUNTIMES, choose, file_for, runtime_of
    from lightweight_openpose.estimation import PoseEstimator
    from lightweight_openpose.zoo.catalogue import resolve

    path = file_for(*resolve())
    name = choose(path.suffix)
    devices = _package("", RUNTIMES[name].package, lambda: _devices(name))
    if not devices.good:
        raise RuntimeError(f"{name} is installed and does not work: {devices.found}")
    backend = PoseEstimator.load(notify=lambda text: None).backend
    yield Row("poses can be found", True, f"{path.name} in {runtime_of(backend)}")


def _cameras() -> Iterator[Row]:
    devices = sorted(Path("/dev").glob("video*"))
    if not devices:
        yield Row("cameras", False, "no /dev/video*")
    for path in devices:
        usable = os.access(str(path), os.R_OK | os.W_OK)
        denied = "no permission: sudo usermod -aG video $USER, then log in again"
        yield Row(f"camera {path}", usable, "may be opened" if usable else denied)


def _ros() -> Iterator[Row]:
    distribution = os.environ.get("ROS_DISTRO", "")
    if importlib.util.find_spec("rospy") is None:
        yield Row("ROS", False, "rospy is not found: source the setup.bash of ROS to use nodes")
        return
    yield Row("ROS", True, distribution or "rospy is there, ROS_DISTRO is not set")
    if importlib.util.find_spec("lightweight_openpose.msg") is None:
        yield Row("ROS messages", False, "not built: source devel/setup.bash of the workspace")
    else:
        yield Row("ROS messages", True, "of this package are built")
    uri = os.environ.get("ROS_MASTER_URI", "")
    answers = _answers(uri)
    yield Row(
        "ROS master",
        answers,
        f"{uri or 'ROS_MASTER_URI is not set'}"
        + ("" if answers or not uri else " does not answer: no roscore runs there"),
    )


def _answers(uri: str) -> bool:
    """True where somebody listens at an http://host:port."""
    place = urlparse(uri)
    try:
        if not place.hostname:
            return False
        with socket.create_connection((place.hostname, place.port or 11311), timeout=2):
            return True
    except (OSError, ValueError):  # the latter of a port that is no number
        return False
