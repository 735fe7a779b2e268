"""Finds the source tree and the folder of shared data; marks and skips tests by what they need."""

import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "test"
# Behind the workspace, whose package holds the generated messages too.
sys.path.append(str(ROOT / "src"))
SHARED = Path(os.environ.get("LIGHTWEIGHT_OPENPOSE_SHARED", ROOT.parent / "shared"))
if (SHARED / "models").is_dir():
    os.environ.setdefault("LIGHTWEIGHT_OPENPOSE_MODELS", str(SHARED / "models"))

IMPORTS_ROS = re.compile(
    r"^(?:from|import) (?:ros\w+|lightweight_openpose\.(?:ros(?!\.settings)|msg|srv))\b", re.M
)
ROSTESTS = TESTS / "ros" / "nodes"
# Folders, files and file::function that take more than about a second in all.
SLOW = set((TESTS / "slow_tests.txt").read_text().split())
LINT = {"test_docs.py"}  # as a whole


def _why_no_ros():
    """What is missing for tests that need ROS, or None."""
    try:
        found = [importlib.util.find_spec(m) for m in ("rospy", "lightweight_openpose.msg")]
    except ModuleNotFoundError:
        found = [None]
    if found[0] is None:
        return "needs ROS, which is not sourced"
    if found[1] is None:
        return "needs the catkin workspace, which is not sourced (. .ws/devel/setup.bash)"
    return None


NO_ROS = _why_no_ros()


def _needs_ros(path):
    """Whether a file of tests can be imported with ROS alone."""
    return TESTS / "ros" in path.parents or IMPORTS_ROS.search(path.read_text()) is not None


class _Skipped(pytest.Module):
    """A file of tests that is named, and not imported."""

    def collect(self):
        if ROSTESTS in self.path.parents:
            name = self.path.stem.replace("test_", "", 1)
            why = f"is run by: rostest lightweight_openpose {name}.test"
        else:
            why = NO_ROS
        named = f"{self.path.relative_to(ROOT).as_posix()} {why}"
        raise pytest.skip.Exception(named, allow_module_level=True)


def pytest_pycollect_makemodule(module_path, parent):
    """Files that cannot be imported here are skipped by name."""
    if ROSTESTS in module_path.parents or (NO_ROS and _needs_ros(module_path)):
        return _Skipped.from_parent(parent, path=module_path)
    return None


def _is_about_a_file(item):
    """Whether a test is parametrized by a file of the tree."""
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return any(isinstance(value, Path) and ROOT in value.parents for value in given)


def _is_slow(item):
    path = item.path.relative_to(TESTS)
    name = getattr(item, "originalname", item.name)
    return bool({path.parts[0], path.as_posix(), f"{path.as_posix()}::{name}"} & SLOW)


def pytest_collection_modifyitems(items):
    """Set the markers that pyproject.toml declares."""
    for item in items:
        if _needs_ros(item.path):
            item.add_marker("ros")
        if NO_ROS and item.get_closest_marker("ros"):
            item.add_marker(pytest.mark.skip(reason=NO_ROS))
        if _is_slow(item):
            item.add_marker("slow")
        if item.path.name in LINT or _is_about_a_file(item):
            item.add_marker("lint")


@pytest.fixture(scope="session")
def shared():
    if not SHARED.is_dir():
        pytest.skip("no folder of shared data")
    return SHARED
